package org.kindling.spark.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.kindling.kernels.Arithmetic;

/**
 * How the task on this thread computes, held to how the executors did when the job began. What they
 * had then travels with every task as a local property of Spark's, so that an executor which joins
 * later is checked too. A process describes itself once; after that a check is two look-ups.
 */
public final class TaskArithmetic {
  static final String EXPECTED = "kindling.arithmetic";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<Key, Arithmetic> KNOWN = new ConcurrentHashMap<>();

  private record Key(KernelRequest request, int device) {}

  private TaskArithmetic() {}

  /**
   * Has this thread compute on its task's device, and looks whether it computes as the job expects;
   * to be called at the begin of every task that computes.
   *
   * @return address of the GPU, or {@link TaskDevice#CPU}
   * @throws IllegalArgumentException if it computes otherwise, or cannot
   */
  public static int require(KernelRequest request) {
    int device = TaskDevice.use();
    TaskContext task = TaskContext.get();
    String expected = task == null ? null : task.getLocalProperty(EXPECTED);
    if (expected != null) {
      new ArithmeticMix(request).requireSame(read(expected), Executors.report(request));
    }
    return device;
  }

  /** What this executor has for a request, on the device of the calling thread's task. */
  static Arithmetic of(KernelRequest request) {
    Key key = new Key(request, TaskDevice.use());
    return KNOWN.computeIfAbsent(key, unknown -> request.arithmetic());
  }

  /** What tasks that this thread starts from now on are held to; null for nothing. */
  public static void expect(JavaSparkContext spark, Arithmetic arithmetic) {
    spark.setLocalProperty(EXPECTED, arithmetic == null ? null : write(arithmetic));
  }

  /** What tasks that this thread starts are held to. */
  public static Optional<Arithmetic> expected(JavaSparkContext spark) {
    return Optional.ofNullable(spark.getLocalProperty(EXPECTED)).map(TaskArithmetic::read);
  }

  private static String write(Arithmetic arithmetic) {
    try {
      return JSON.writeValueAsString(arithmetic);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(arithmetic + ": cannot be written as JSON", e);
    }
  }

  private static Arithmetic read(String text) {
    try {
      return JSON.readValue(text, Arithmetic.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          EXPECTED + ": expected what this Kindling wrote, found " + text, e);
    }
  }
}
