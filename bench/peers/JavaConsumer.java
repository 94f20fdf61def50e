import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Java's own consumer with its default settings reads so many messages, does nothing with them, and
 * stays until it is ended. Arguments: broker, group, topics, messages.
 */
public class JavaConsumer {
  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("group.id", args[1]);
    settings.put("auto.offset.reset", "earliest");
    settings.put("enable.auto.commit", "false");
    settings.put("key.deserializer", ByteArrayDeserializer.class);
    settings.put("value.deserializer", ByteArrayDeserializer.class);
    long messages = Long.parseLong(args[3]);
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      consumer.subscribe(List.of(args[2].split(",")));
      System.out.println("Reading");
      for (long read = 0; read < messages;) {
        read += consumer.poll(Duration.ofSeconds(1)).count();
      }
      System.out.println("Read all");
      Thread.currentThread().join();
    }
  }
}
