import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.PartFileInfo;
import org.apache.flink.streaming.api.functions.sink.filesystem.RollingPolicy;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Apache Flink's FileSink on a cluster in this process: a chain of source and sink for each topic, files
 * of JSON lines that become visible with the next checkpoint; exactly once. Arguments: broker, S3,
 * bucket, group, events in a file, topics, ms between checkpoints.
 */
public class FlinkSink {
  public static void main(String[] args) throws Exception {
    String broker = args[0], s3 = args[1], bucket = args[2], group = args[3], topics = args[5];
    int size = Integer.parseInt(args[4]);
    Configuration settings = Configuration.fromMap(Map.of(
        "s3.endpoint", s3,
        "s3.endpoint.region", "us-east-1",
        "s3.path.style.access", "true",
        "s3.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "s3.access-key", System.getenv("AWS_ACCESS_KEY_ID"),
        "s3.secret-key", System.getenv("AWS_SECRET_ACCESS_KEY"),
        // Otherwise S3A deletes the markers of all folders above each new file.
        "fs.s3a.directory.marker.retention", "keep",
        "parallelism.default", "1",
        "pipeline.object-reuse", "true"));
    FileSystem.initialize(settings, null);
    var flink = StreamExecutionEnvironment.getExecutionEnvironment(settings);
    flink.enableCheckpointing(Long.parseLong(args[6]));
    for (String topic : topics.split(",")) {
      KafkaSource<byte[]> source = KafkaSource.<byte[]>builder()
          .setBootstrapServers(broker)
          .setGroupId(group + "-" + topic)
          .setTopics(topic)
          .setStartingOffsets(OffsetsInitializer.earliest())
          .setDeserializer(KafkaRecordDeserializationSchema.valueOnly(ByteArrayDeserializer.class))
          .build();
      FileSink<byte[]> sink = FileSink
          .<byte[]>forRowFormat(new Path("s3://" + bucket + "/" + topic), (line, file) -> {
            file.write(line);
            file.write('\n');
          })
          .withBucketAssigner(new BasePathBucketAssigner<>())
          .withRollingPolicy(new FullFiles(size))
          .build();
      flink.fromSource(source, WatermarkStrategy.noWatermarks(), topic).sinkTo(sink);
    }
    flink.execute();
  }

  /** Closes a file that has so many rows: before the next one, or at a checkpoint. */
  static class FullFiles implements RollingPolicy<byte[], String> {
    private final int size;
    private transient PartFileInfo<String> file;
    private transient int rows;

    FullFiles(int size) {
      this.size = size;
    }

    @Override
    public boolean shouldRollOnEvent(PartFileInfo<String> open, byte[] line) {
      if (isFull(open)) return true;
      rows++;
      return false;
    }

    @Override
    public boolean shouldRollOnCheckpoint(PartFileInfo<String> open) {
      return isFull(open);
    }

    @Override
    public boolean shouldRollOnProcessingTime(PartFileInfo<String> open, long now) {
      return false;
    }

    /** The first row of a file comes without a question. */
    private boolean isFull(PartFileInfo<String> open) {
      if (file != open) {
        file = open;
        rows = 1;
      }
      return rows >= size;
    }
  }
}
