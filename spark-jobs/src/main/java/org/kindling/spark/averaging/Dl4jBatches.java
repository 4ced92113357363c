package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.kindling.corpus.MixedSamples;
import org.kindling.corpus.Mixture;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.spark.cluster.TaskArithmetic;
import org.kindling.storage.Storage;
import org.kindling.training.RoundPlan;
import org.kindling.training.RunDescription;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The samples of one worker in one round, in Kindling's order, as DL4J's data sets: one for each
 * step, features and labels [batch, 1, context] token ids.
 */
record Dl4jBatches(RunDescription run, RoundPlan plan, Broadcast<SerializableConfiguration> hadoop)
    implements Function2<Integer, Iterator<Integer>, Iterator<DataSet>> {

  @Override
  public Iterator<DataSet> call(Integer worker, Iterator<Integer> ignored) throws IOException {
    // DL4J trains in the task that reads these samples.
    TaskArithmetic.require(KernelRequest.ofTraining(run));
    MixedSamples samples =
        Mixture.open(new Storage(hadoop.value().value()), run.data())
            .samplesInOrder(run.model().context(), run.training().seed());
    TaskCompletionListener end = context -> close(samples);
    TaskContext.get().addTaskCompletionListener(end);
    return new Iterator<>() {
      private int step;

      @Override
      public boolean hasNext() {
        return step < plan.steps();
      }

      @Override
      public DataSet next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        try {
          return read(samples, plan.firstSample(step++, worker, run.training()));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private static void close(MixedSamples samples) {
    try {
      samples.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DataSet read(MixedSamples samples, long first) throws IOException {
    int rows = Math.toIntExact(run.training().samplesPerWorkerStep());
    int context = run.model().context();
    int[] inputs = new int[rows * context];
    int[] targets = new int[rows * context];
    for (int row = 0; row < rows; row++) {
      samples.read(first + row, inputs, targets, row);
    }
    return new DataSet(
        Nd4j.createFromArray(floats(inputs)).reshape('c', rows, 1, context),
        Nd4j.createFromArray(floats(targets)).reshape('c', rows, 1, context));
  }

  private static float[] floats(int[] ids) {
    float[] values = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      values[i] = ids[i];
    }
    return values;
  }
}
