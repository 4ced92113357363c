package org.kindling.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.exchange.Exchange;
import org.kindling.storage.Storage;
import org.kindling.training.RoundPlan;
import org.kindling.training.TrainingSettings;
import org.kindling.training.WorkersAt;

class SimulationTest {
  private static final long PARAMETERS = 10_000_000;
  private static final int STEPS = 20;

  @TempDir private java.nio.file.Path directory;

  private int runs;

  private static RoundShape shape(int workers, boolean overlap) {
    return new RoundShape(PARAMETERS, workers, workers, Exchange.INT8, "adamw", overlap);
  }

  private static TrainingSettings training(int workers, int rounds) {
    return new TrainingSettings(workers, 1, 1, STEPS, (long) rounds * STEPS, 1, "fp32", "auto");
  }

  private static VirtualCluster perfect() {
    return VirtualCluster.perfect(RoundModelTest.NETWORK, RoundModelTest.COEFFICIENTS, 0.5);
  }

  private static VirtualCluster flawed(double stragglers, double lossesPerHour, long seed) {
    return new VirtualCluster(
        RoundModelTest.NETWORK,
        RoundModelTest.COEFFICIENTS,
        0.5,
        0.1,
        stragglers,
        4,
        lossesPerHour,
        30,
        seed);
  }

  private SimulationResult run(Simulation simulation) throws IOException {
    return simulation.run(Storage.standard(), new Path(directory.resolve("run-" + runs++).toUri()));
  }

  private SimulationResult run(int workers, int rounds, VirtualCluster cluster) throws IOException {
    return run(new Simulation(shape(workers, false), training(workers, rounds), 1000, cluster));
  }

  @Test
  void withoutFlawsARoundTakesWhatTheModelSays() throws IOException {
    SimulationResult result = run(50, 5, perfect());
    RoundModel model =
        RoundModel.of(shape(50, false), RoundModelTest.NETWORK, RoundModelTest.COEFFICIENTS);
    RoundModel.Time expected = model.time(STEPS * 0.5);
    assertThat(result.medianSeconds()).isCloseTo(expected.roundSeconds(), within(1e-6));
    assertThat(result.slowestSeconds()).isCloseTo(expected.roundSeconds(), within(1e-6));
    assertThat(result.trainingShare()).isCloseTo(expected.trainingShare(), within(1e-6));
    assertThat(result.bytesOfRound()).isCloseTo(50 * model.bytes().received(), within(50.0));
  }

  @Test
  void overlappingRoundsTakeWhatTheModelSays() throws IOException {
    RoundShape overlapping = shape(50, true);
    SimulationResult result = run(new Simulation(overlapping, training(50, 9), 1000, perfect()));
    RoundModel model =
        RoundModel.of(overlapping, RoundModelTest.NETWORK, RoundModelTest.COEFFICIENTS);
    assertThat(result.medianSeconds())
        .isCloseTo(model.time(STEPS * 0.5).roundSeconds(), within(1e-6));
  }

  @Test
  void sameSeedSameRun() throws IOException {
    SimulationResult first = run(40, 30, flawed(0.1, 2, 5));
    SimulationResult again = run(40, 30, flawed(0.1, 2, 5));
    SimulationResult other = run(40, 30, flawed(0.1, 2, 6));
    assertThat(again.clockSeconds()).isEqualTo(first.clockSeconds());
    assertThat(again.losses()).isEqualTo(first.losses()).isPositive();
    assertThat(other.clockSeconds()).isNotEqualTo(first.clockSeconds());
  }

  @Test
  void everySampleIsTakenOnceHoweverManyWorkersThereAre() throws IOException {
    TrainingSettings growing = training(10, 6).withWorkersAt(List.of(new WorkersAt(2 * STEPS, 25)));
    SimulationResult result = run(new Simulation(shape(10, false), growing, 1000, flawed(0, 0, 1)));
    assertThat(result.samples()).isEqualTo((2 * 10 + 4 * 25) * STEPS);
    assertThat(result.droppedSamples()).isZero();
  }

  @Test
  void planThatRepeatsASampleIsRefused() throws IOException {
    try (SimulatedRounds rounds =
        new SimulatedRounds(shape(10, false), training(10, 6), perfect())) {
      rounds.initialize(null);
      rounds.round(new RoundPlan(1, 0, STEPS, 0, 10));
      assertThatThrownBy(() -> rounds.round(new RoundPlan(2, STEPS, STEPS, 10 * STEPS - 1, 10)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("ended at sample 200");
    }
  }

  @Test
  void quorumDoesNotWaitForStragglers() throws IOException {
    VirtualCluster cluster = flawed(0.1, 0, 3);
    SimulationResult waiting = run(60, 10, cluster);
    TrainingSettings quorum = training(60, 10).withQuorum(40, 1);
    SimulationResult going = run(new Simulation(shape(60, false), quorum, 1000, cluster));
    assertThat(waiting.droppedSamples()).isZero();
    assertThat(waiting.medianSeconds()).isGreaterThan(4 * STEPS * 0.5 * 0.8);
    assertThat(going.medianSeconds()).isLessThan(0.5 * waiting.medianSeconds());
    assertThat(going.droppedSamples()).isBetween(10L * STEPS, 10L * 20 * STEPS);
    assertThat(going.decisionsBytes()).isPositive();
  }

  @Test
  void lostExecutorsWorkIsDoneAgain() throws IOException {
    VirtualExecutors.Loss loss = new VirtualExecutors.Loss(5, 7);
    SimulationResult without = run(20, 4, perfect());
    SimulationResult result =
        run(new Simulation(shape(20, false), training(20, 4), 1000, replacing(30), List.of(loss)));
    assertThat(result.losses()).isEqualTo(1);
    assertThat(result.statesLost()).isZero();
    assertThat(result.lostShare()).isPositive();
    // It lost nearly 5 seconds of work and waited for 30.
    assertThat(result.slowestSeconds() - without.slowestSeconds()).isBetween(30.0, 40.0);
    assertThat(result.bytesOfRound()).isGreaterThan(without.bytesOfRound());
  }

  private static VirtualCluster replacing(double seconds) {
    return new VirtualCluster(
        RoundModelTest.NETWORK, RoundModelTest.COEFFICIENTS, 0.5, 0, 0, 1, 0, seconds, 1);
  }

  /** Of 20 shards on 20 executors number 7 is on executors 7 and 17. */
  @Test
  void runGoesBackWhenBothCopiesOfAShardAreGone() throws IOException {
    SimulationResult both = lose(35.1, 7, 35.2, 17);
    assertThat(both.statesLost()).isEqualTo(1);
    assertThat(both.roundsUndone()).isBetween(0L, 2L);
    assertThat(lose(35.1, 7, 35.2, 9).statesLost()).isZero();
  }

  @Test
  void runGivesUpAsARealOneDoesWhereNothingProgresses() {
    assertThatThrownBy(() -> run(40, 3, flawed(0, 2000, 1)))
        .isInstanceOf(org.kindling.training.StateLostException.class)
        .hasMessageContaining("the last copy of a shard, in round 1");
  }

  /** A copy is made again in between. */
  @Test
  void secondCopyMayGoLater() throws IOException {
    assertThat(lose(5, 7, 80, 17).statesLost()).isZero();
  }

  private SimulationResult lose(double first, int one, double second, int other)
      throws IOException {
    List<VirtualExecutors.Loss> losses =
        List.of(new VirtualExecutors.Loss(first, one), new VirtualExecutors.Loss(second, other));
    SimulationResult result =
        run(new Simulation(shape(20, false), training(20, 10), 2, replacing(30), losses));
    assertThat(result.rounds() - result.roundsUndone()).isEqualTo(10);
    return result;
  }
}
