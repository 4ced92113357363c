package org.kindling.spark.tokenization;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.api.java.JavaRDD;
import scala.Function1;
import scala.Function2;
import scala.collection.Iterator;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * Runs a job whose tasks have one result each, and hands each result over as soon as it is there.
 * Of several attempts at a task, retried or speculative, Spark gives the driver the first that
 * succeeds, once.
 */
final class FirstResults {
  private FirstResults() {}

  /** Receives results, one at a time. */
  interface Receiver<T> {
    void receive(T result) throws IOException;
  }

  static <T> void each(JavaRDD<T> results, Class<T> type, Receiver<T> receiver) throws IOException {
    Handler<T> handler = new Handler<>(receiver);
    results
        .context()
        .runJob(
            results.rdd(),
            (Function1<Iterator<T>, T>) new First<T>(),
            (Function2<Object, T, BoxedUnit>) handler,
            ClassTag$.MODULE$.apply(type));
  }

  /** The one element of a partition. */
  private static final class First<T> extends AbstractFunction1<Iterator<T>, T>
      implements java.io.Serializable {
    @Override
    public T apply(Iterator<T> elements) {
      return elements.next();
    }
  }

  private static final class Handler<T> extends AbstractFunction2<Object, T, BoxedUnit> {
    private final Receiver<T> receiver;

    Handler(Receiver<T> receiver) {
      this.receiver = receiver;
    }

    @Override
    public BoxedUnit apply(Object partition, T result) {
      try {
        receiver.receive(result);
        return BoxedUnit.UNIT;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
