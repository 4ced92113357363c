package org.kindling.spark.quality;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SortedRecordsTest {
  private static final int PREFIX_BYTES = 2;

  /** Spark has a way of writing for few partitions, one for many, and one for what spills. */
  @ParameterizedTest
  @CsvSource({"1,1000000", "7,1000000", "300,1000000", "7,50"})
  void bringsEqualPrefixesTogetherInOrder(int partitions, int recordsInMemory) {
    Random random = new Random(1);
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      byte[] record = new byte[PREFIX_BYTES + random.nextInt(40)];
      random.nextBytes(record);
      record[0] = (byte) random.nextInt(3);
      records.add(record);
    }
    SparkConf conf =
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("test")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set(
                "spark.shuffle.spill.numElementsForceSpillThreshold",
                Integer.toString(recordsInMemory));
    try (JavaSparkContext context = new JavaSparkContext(conf)) {
      JavaRDD<byte[]> swept =
          SortedRecords.sweep(
              context.parallelize(records, 3), PREFIX_BYTES, partitions, Numbered::new);
      List<List<byte[]>> byPartition = swept.glom().collect();
      assertThat(byPartition).hasSize(partitions);
      List<byte[]> all = new ArrayList<>();
      byPartition.forEach(all::addAll);
      assertThat(all.stream().map(SortedRecordsTest::record).sorted(Arrays::compareUnsigned))
          .containsExactlyElementsOf(records.stream().sorted(Arrays::compareUnsigned).toList());
      assertThat(all.stream().filter(one -> number(one) == 0))
          .as("runs")
          .hasSize((int) records.stream().map(SortedRecordsTest::prefix).distinct().count());
    }
  }

  private static byte[] record(byte[] numbered) {
    return Arrays.copyOfRange(numbered, Integer.BYTES, numbered.length);
  }

  private static int number(byte[] numbered) {
    return ByteBuffer.wrap(numbered).getInt();
  }

  private static ByteBuffer prefix(byte[] record) {
    return ByteBuffer.wrap(record, 0, PREFIX_BYTES);
  }

  /** Puts before each record how many of its run came before. */
  private static final class Numbered implements SortedRecords.Step {
    private int number;
    private byte[] before;

    @Override
    public void accept(byte[] record, boolean startsRun, Consumer<byte[]> out) {
      number = startsRun ? 0 : number + 1;
      if (!startsRun) {
        assertThat(Arrays.compareUnsigned(before, record)).isLessThanOrEqualTo(0);
      }
      before = record;
      out.accept(
          ByteBuffer.allocate(Integer.BYTES + record.length).putInt(number).put(record).array());
    }
  }
}
