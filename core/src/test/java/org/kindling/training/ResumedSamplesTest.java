package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.corpus.DataSource;
import org.kindling.corpus.SampleSource;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/**
 * A driver dies and its run goes on with another number of workers. The tokens of every sample say
 * which one it is, so that what the workers read tells what they have seen.
 */
class ResumedSamplesTest {
  private static final int CONTEXT = 4;
  private static final int BATCH = 2;
  private static final int LOCAL_STEPS = 6;

  /** Samples of the whole epoch, and those before the only checkpoint of the first driver. */
  private static final int ALL = 480;

  private static final int BEFORE = 144;

  /** One row of a batch: how many samples were drawn before it, and which it was. */
  private record Drawn(long consumed, int source, int sample) {}

  /** Passes samples on and notes them. */
  private record Notes(SampleSource samples, List<Drawn> drawn) implements SampleSource {
    @Override
    public void read(long consumed, int[] inputs, int[] targets, int row) throws IOException {
      samples.read(consumed, inputs, targets, row);
      int at = row * CONTEXT;
      drawn.add(new Drawn(consumed, inputs[at], inputs[at + 1] << 8 | inputs[at + 2]));
    }

    @Override
    public void readMask(long consumed, float[] weights, int[] documentStarts, int row)
        throws IOException {
      samples.readMask(consumed, weights, documentStarts, row);
    }

    @Override
    public double weight(long consumed) throws IOException {
      return samples.weight(consumed);
    }

    @Override
    public void close() throws IOException {
      samples.close();
    }
  }

  private static final class Death extends RuntimeException {}

  @TempDir Path directory;
  private final Storage storage = Storage.standard();
  private TrainingFixture fixture;
  private List<DataSource> data;

  @BeforeEach
  void makeFixture() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  private DataSource numbered(int source, int samples, double weight) throws IOException {
    Tokenizer tokenizer = Tokenizers.named("byte").orElseThrow();
    int[] tokens = new int[samples * CONTEXT + 1];
    for (int sample = 0; sample < samples; sample++) {
      int at = sample * CONTEXT;
      tokens[at] = source;
      tokens[at + 1] = sample >> 8;
      tokens[at + 2] = sample & 255;
      tokens[at + 3] = sample % 251;
    }
    org.apache.hadoop.fs.Path path = fixture.run("numbered-" + source);
    SmallDataset.write(storage, path, tokenizer, Map.of(Split.TRAIN, List.of(tokens)));
    return new DataSource(path.toString(), weight);
  }

  private RunDescription describe(int workers, long steps) {
    TrainingSettings training =
        new TrainingSettings(workers, BATCH, 1, LOCAL_STEPS, steps, 7, "fp32", "vector");
    return describe(training);
  }

  private RunDescription describe(TrainingSettings training) {
    RunDescription some = fixture.describe(training, OuterSettings.DEFAULTS);
    return new RunDescription(
        data,
        some.vocabulary(),
        new ModelSettings("transformer", 1, 1, 8, CONTEXT, true),
        training,
        some.optimizer(),
        some.outer(),
        new EvaluationSettings(0, 1));
  }

  private List<Drawn> train(int workers, long steps, boolean resume, RunListener listener)
      throws IOException {
    int everyRounds = BEFORE / (workers * BATCH * LOCAL_STEPS);
    return train(describe(workers, steps), everyRounds, resume, listener);
  }

  private List<Drawn> train(
      RunDescription run, int everyRounds, boolean resume, RunListener listener)
      throws IOException {
    List<Drawn> drawn = new ArrayList<>();
    Worker worker = Worker.open(run, storage, samples -> new Notes(samples, drawn));
    CheckpointSettings checkpoints = new CheckpointSettings(everyRounds, 3, 0);
    try (LocalRounds engine = new LocalRounds(run, storage, worker)) {
      TrainingRun training =
          new TrainingRun(run, fixture.identity("run"), checkpoints, storage, engine, listener);
      if (resume) {
        training.resume();
      } else {
        training.start();
      }
    } catch (Death e) {
      assertThat(drawn).as("died after the checkpoint").hasSizeGreaterThan(BEFORE);
    }
    return drawn;
  }

  /** Dies in the round after the checkpoint: the samples of that round were seen for nothing. */
  private List<Drawn> trainUntilDeath(int workers) throws IOException {
    TrainingFixture.Recorder dying =
        new TrainingFixture.Recorder() {
          @Override
          public void roundFinished(Progress progress, RoundMetrics metrics) {
            if (progress.samples() > BEFORE) {
              throw new Death();
            }
          }
        };
    return train(workers, ALL / (workers * BATCH), false, dying);
  }

  private void resumesWithEverySampleOnce(int workersBefore, int workersAfter, List<Drawn> epoch)
      throws IOException {
    List<Drawn> first = trainUntilDeath(workersBefore);
    long stepsBefore = BEFORE / (workersBefore * BATCH);
    long stepsAfter = (ALL - BEFORE) / (workersAfter * BATCH);
    List<Drawn> second =
        train(workersAfter, stepsBefore + stepsAfter, true, new TrainingFixture.Recorder());
    assertThat(second).hasSize(ALL - BEFORE).allMatch(drawn -> drawn.consumed() >= BEFORE);
    List<Drawn> learnedFrom = new ArrayList<>(second);
    first.stream().filter(drawn -> drawn.consumed() < BEFORE).forEach(learnedFrom::add);
    learnedFrom.sort(Comparator.comparingLong(Drawn::consumed));
    assertThat(learnedFrom)
        .as("the order of a run that nothing happened to, by one worker")
        .isEqualTo(epoch);
  }

  /** What one worker sees that nothing happens to. */
  private List<Drawn> epoch() throws IOException {
    List<Drawn> drawn = train(1, ALL / BATCH, false, new TrainingFixture.Recorder());
    storage.delete(fixture.run("run"));
    return drawn;
  }

  @ParameterizedTest
  @CsvSource({"2, 3", "3, 1", "1, 4", "4, 2"})
  void ofOneDataset(int workersBefore, int workersAfter) throws IOException {
    data = List.of(numbered(0, ALL, 1));
    List<Drawn> epoch = epoch();
    assertThat(epoch.stream().mapToInt(Drawn::sample).sorted())
        .containsExactlyElementsOf(IntStream.range(0, ALL).boxed().toList());
    assertThat(epoch.get(1).sample()).as("shuffled").isNotEqualTo(epoch.get(0).sample() + 1);
    resumesWithEverySampleOnce(workersBefore, workersAfter, epoch);
  }

  @ParameterizedTest
  @CsvSource({"2, 3", "4, 1"})
  void ofAMixture(int workersBefore, int workersAfter) throws IOException {
    data = List.of(numbered(0, 3 * ALL / 4, 3), numbered(1, ALL / 4, 1));
    List<Drawn> epoch = epoch();
    for (int source = 0; source < 2; source++) {
      int of = source;
      assertThat(epoch.stream().filter(d -> d.source() == of).mapToInt(Drawn::sample).sorted())
          .containsExactlyElementsOf(
              IntStream.range(0, source == 0 ? 3 * ALL / 4 : ALL / 4).boxed().toList());
    }
    resumesWithEverySampleOnce(workersBefore, workersAfter, epoch);
  }

  /** 2 rounds of 2 workers and 3 of 5 by the schedule, and 7 of 3 by hand. */
  @Test
  void ofWorkersThatChangeWhileItGoesOn() throws IOException {
    data = List.of(numbered(0, ALL, 1));
    List<Drawn> epoch = epoch();
    RunDescription run =
        describe(
            new TrainingSettings(2, BATCH, 1, LOCAL_STEPS, 12 * LOCAL_STEPS, 7, "fp32", "vector")
                .withWorkersAt(List.of(new WorkersAt(2 * LOCAL_STEPS, 5))));
    List<Integer> workers = new ArrayList<>();
    TrainingFixture.Recorder asking =
        new TrainingFixture.Recorder() {
          @Override
          public void roundFinished(Progress progress, RoundMetrics metrics) {
            workers.add(metrics.workers());
            if (progress.round() == 5) {
              ask(3);
            }
          }
        };
    List<Drawn> drawn = train(run, 100, false, asking);
    assertThat(workers).containsExactly(2, 2, 5, 5, 5, 3, 3, 3, 3, 3, 3, 3);
    drawn.sort(Comparator.comparingLong(Drawn::consumed));
    assertThat(drawn).as("the order of one worker").isEqualTo(epoch);
  }

  private void ask(int workers) {
    try {
      ScaleRequest.leave(storage, fixture.run("run"), workers);
      Thread.sleep(1_050);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where the workers differ from the plan, the notes do: they are no copy of it. */
  @Test
  void notesAreOfWhatWasRead() throws IOException {
    data = List.of(numbered(0, ALL, 1));
    List<Drawn> drawn = new ArrayList<>();
    try (Worker worker =
        Worker.open(describe(2, 6), storage, samples -> new Notes(samples, drawn))) {
      worker.initialize();
      worker.train(new RoundPlan(1, 0, 1, 0, 2), 1);
      assertThat(drawn).extracting(Drawn::consumed).containsExactly(2L, 3L);
      assertThat(drawn).extracting(Drawn::sample).isNotEqualTo(List.of(2, 3));
      worker.train(new RoundPlan(1, 0, 1, ALL, 2), 1);
      assertThat(drawn.get(2).sample()).as("another epoch").isNotEqualTo(drawn.get(0).sample());
    }
  }
}
