package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllGatherRddTest {
  private static final AtomicInteger COMPUTED = new AtomicInteger();

  @ParameterizedTest
  @CsvSource({"5, 1", "5, 2", "2, 3", "4, 2"})
  void everyTaskReadsEveryElementAndNoneIsComputedTwice(int parents, int lanes) {
    COMPUTED.set(0);
    SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("all-gather");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      List<Integer> numbers = IntStream.range(0, parents).boxed().toList();
      RDD<Integer> kept =
          spark
              .parallelize(numbers, parents)
              .map(AllGatherRddTest::compute)
              .persist(StorageLevel.MEMORY_ONLY())
              .rdd();
      List<List<Integer>> read =
          new AllGatherRdd<>(kept, parents + 1, lanes, AllGatherRddTest::list)
              .toJavaRDD()
              .collect();
      assertThat(read).hasSize(parents + 1);
      read.forEach(all -> assertThat(all).containsExactlyInAnyOrderElementsOf(numbers));
      assertThat(COMPUTED).hasValue(parents);
    }
  }

  private static int compute(int number) {
    COMPUTED.incrementAndGet();
    return number;
  }

  private static Iterator<List<Integer>> list(int task, Iterator<Integer> elements) {
    List<Integer> all = new ArrayList<>();
    elements.forEachRemaining(all::add);
    return List.of(all).iterator();
  }
}
