import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.kafka.KafkaConstants;
import org.apache.camel.component.kafka.consumer.KafkaManualCommit;
import org.apache.camel.main.Main;

/**
 * Apache Camel's batching consumer of Kafka into S3: a route for each topic, one PUT a file (JSON lines),
 * then a commit; at least once. Arguments: broker, S3, bucket, group, events in a file, topics.
 */
public class CamelSink {
  public static void main(String[] args) throws Exception {
    String broker = args[0], s3 = args[1], bucket = args[2], group = args[3], size = args[4];
    Main main = new Main();
    main.configure().addRoutesBuilder(new RouteBuilder() {
      @Override
      public void configure() {
        for (String topic : args[5].split(",")) {
          from("kafka:" + topic + "?brokers=" + broker + "&groupId=" + group + "-" + topic
              + "&autoOffsetReset=earliest&maxPollRecords=" + size + "&batching=true"
              + "&allowManualCommit=true&autoCommitEnable=false&pollTimeoutMs=5000")
              .process(exchange -> gather(exchange, topic))
              .to("aws2-s3:" + bucket + "?accessKey=" + System.getenv("AWS_ACCESS_KEY_ID")
                  + "&secretKey=" + System.getenv("AWS_SECRET_ACCESS_KEY")
                  + "&region=us-east-1&overrideEndpoint=true&uriEndpointOverride=" + s3
                  + "&forcePathStyle=true")
              .process(CamelSink::commit);
        }
      }
    });
    main.run();
  }

  /** Makes the object of a batch, and keeps the last commit of each partition. */
  static void gather(Exchange exchange, String topic) throws Exception {
    List<?> batch = exchange.getMessage().getBody(List.class);
    StringBuilder text = new StringBuilder(batch.size() * 400);
    Map<Object, KafkaManualCommit> commits = new HashMap<>();
    for (Object one : batch) {
      var message = ((Exchange) one).getMessage();
      commits.put(
          message.getHeader(KafkaConstants.PARTITION),
          message.getHeader(KafkaConstants.MANUAL_COMMIT, KafkaManualCommit.class));
      text.append(message.getBody(String.class)).append('\n');
    }
    exchange.setProperty("commits", commits);
    exchange.getMessage().setBody(text.toString().getBytes("UTF-8"));
    exchange.getMessage().setHeader("CamelAwsS3Key", topic + "/" + UUID.randomUUID() + ".jsonl");
    exchange.getMessage().setHeader("CamelAwsS3ContentType", "application/x-ndjson");
  }

  static void commit(Exchange exchange) {
    for (Object one : exchange.getProperty("commits", Map.class).values()) {
      ((KafkaManualCommit) one).commit();
    }
  }
}
