package org.kindling.spark.averaging;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.spark.FutureAction;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.JavaConverters;
import scala.runtime.AbstractFunction0;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/** Jobs over RDDs of one element a partition, or over some of their partitions. */
final class OneEach {
  /** What to bring to the driver of an element. */
  @FunctionalInterface
  interface Picked<T, U> extends Serializable {
    U of(T element);
  }

  private OneEach() {}

  /** Runs a job over the first partitions, and waits for it. */
  static <T, U> List<U> run(RDD<T> rdd, int partitions, Picked<T, U> picked) {
    Object[] found =
        (Object[])
            rdd.context()
                .runJob(
                    rdd, new InContext<>(picked), numbers(0, partitions), AllGatherRdd.<U>anyTag());
    @SuppressWarnings("unchecked")
    List<U> elements = (List<U>) List.of(found);
    return elements;
  }

  /** Starts a job over partitions {@code from} to {@code to - 1}, and does not wait for it. */
  static <T, U> FutureAction<List<U>> submit(RDD<T> rdd, int from, int to, Picked<T, U> picked) {
    Arrived<U> arrived = new Arrived<>(to - from);
    return rdd.context()
        .submitJob(rdd, new Only<>(picked), numbers(from, to), arrived, arrived.whole());
  }

  private static scala.collection.Seq<Object> numbers(int from, int to) {
    List<Object> numbers = new ArrayList<>();
    IntStream.range(from, to).forEach(numbers::add);
    return JavaConverters.asScalaBuffer(numbers).toSeq();
  }

  /** A class, not a lambda: there is nothing in it for Spark to search. */
  private static final class InContext<T, U>
      extends AbstractFunction2<TaskContext, scala.collection.Iterator<T>, U>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Picked<T, U> picked;

    InContext(Picked<T, U> picked) {
      this.picked = picked;
    }

    @Override
    public U apply(TaskContext context, scala.collection.Iterator<T> elements) {
      return picked.of(elements.next());
    }
  }

  private static final class Only<T, U> extends AbstractFunction1<scala.collection.Iterator<T>, U>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Picked<T, U> picked;

    Only(Picked<T, U> picked) {
      this.picked = picked;
    }

    @Override
    public U apply(scala.collection.Iterator<T> elements) {
      return picked.of(elements.next());
    }
  }

  /** Results by the order of their partitions. */
  private static final class Arrived<U> extends AbstractFunction2<Object, U, BoxedUnit> {
    private final ConcurrentHashMap<Integer, U> byNumber = new ConcurrentHashMap<>();
    private final int expected;

    Arrived(int expected) {
      this.expected = expected;
    }

    @Override
    public BoxedUnit apply(Object number, U result) {
      byNumber.put((Integer) number, result);
      return BoxedUnit.UNIT;
    }

    AbstractFunction0<List<U>> whole() {
      return new AbstractFunction0<>() {
        @Override
        public List<U> apply() {
          return IntStream.range(0, expected).mapToObj(byNumber::get).toList();
        }
      };
    }
  }
}
