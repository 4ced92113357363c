package org.kindling.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kindling.exchange.Exchange;

class RoundFitTest {
  private static final Coefficients TRUE = RoundModelTest.COEFFICIENTS;

  /** Measurements that the model made itself, with coefficients that are known. */
  private static List<Measurement> made() {
    List<Measurement> all = new ArrayList<>();
    for (int executors : new int[] {2, 3, 4}) {
      for (long parameters : new long[] {400_000, 10_000_000}) {
        for (String bandwidth : new String[] {"1gbit", "100mbit"}) {
          for (Exchange exchange : new Exchange[] {Exchange.FP32, Exchange.INT8}) {
            for (int workers : new int[] {executors, 32}) {
              String delay = executors == 3 ? "10ms" : "1ms";
              RoundShape shape =
                  new RoundShape(parameters, workers, executors, exchange, "adamw", false);
              Measurement unknown = new Measurement(shape, bandwidth, delay, 2, 1, 0, 0);
              double seconds = unknown.predictedSeconds(TRUE);
              all.add(new Measurement(shape, bandwidth, delay, 2, 1, seconds, seconds));
            }
          }
        }
      }
    }
    return all;
  }

  @Test
  void findsTheCoefficientsThatMadeTheMeasurements() {
    Coefficients found = RoundFit.of(made());
    assertThat(found.roundSeconds()).isCloseTo(TRUE.roundSeconds(), within(1e-6));
    assertThat(found.taskSeconds()).isCloseTo(TRUE.taskSeconds(), within(1e-8));
    assertThat(found.fetchSeconds()).isCloseTo(TRUE.fetchSeconds(), within(1e-8));
    assertThat(found.numberSeconds()).isCloseTo(TRUE.numberSeconds(), within(1e-13));
    assertThat(found.linkFactor()).isCloseTo(TRUE.linkFactor(), within(1e-5));
    assertThat(found.waitFactor()).isCloseTo(TRUE.waitFactor(), within(1e-5));
  }

  @Test
  void predictsWhatWasLeftOut() {
    List<RoundFit.Unseen> unseen = RoundFit.unseen(made());
    // Each once for each of four dimensions.
    assertThat(unseen).hasSize(4 * made().size());
    assertThat(RoundFit.medianAndWorst(unseen)[0]).isLessThan(1e-6);
  }

  @Test
  void unseenMeasurementsHaveNoPartInTheFit() {
    List<Measurement> measured = made();
    Measurement first = measured.get(0);
    measured.set(
        0, new Measurement(first.shape(), first.bandwidth(), first.delay(), 2, 1, 1000, 1000));
    List<Double> errors =
        RoundFit.unseen(measured).stream()
            .filter(u -> u.measured().roundSeconds() == 1000)
            .map(RoundFit.Unseen::error)
            .toList();
    // The others say what it ought to have been.
    assertThat(errors).isNotEmpty().allSatisfy(e -> assertThat(e).isLessThan(-0.99));
  }

  @Test
  void reportHasEveryCoefficientWithItsRange() {
    String report = RoundFit.report(made());
    assertThat(report).contains("| round | 0.500 | 0.500 to 0.500 | s of a round of any size |");
    assertThat(report).contains("| fetch | 1.00 | 1.00 to 1.00 | ms of an executor, for a fetch |");
    assertThat(report).contains("| all | " + 4 * made().size() + " | 0 % |");
  }

  @Test
  void readsLinesOfTheBenchmark() {
    String line =
        "{\"parameters\": 9880000, \"workers\": 4, \"bandwidth\": \"1gbit\", \"delay\": \"1ms\","
            + " \"loss\": \"0%\", \"exchange\": \"training.exchange=int4 optimizer.kind=muon"
            + " training.workers=32\", \"sentBytes\": 16000000, \"roundSeconds\": 2.5,"
            + " \"averagingSeconds\": 2.0, \"trainingShare\": 0.2}\n";
    String lossy = line.replace("0%", "1%");
    List<Measurement> found = Measurement.read(line + lossy, "m.jsonl", 2);
    assertThat(found).hasSize(1);
    assertThat(found.get(0).shape())
        .isEqualTo(new RoundShape(9_880_000, 32, 4, Exchange.INT4, "muon", false));
    assertThat(found.get(0).trainingSeconds()).isCloseTo(0.5, within(1e-9));
    assertThatThrownBy(() -> Measurement.read("{\"workers\": 2}", "m.jsonl", 2))
        .hasMessageContaining("m.jsonl line 1: has no parameters");
  }

  @Test
  void refusesTooFew() {
    assertThatThrownBy(() -> RoundFit.of(made().subList(0, 3)))
        .hasMessageContaining("expected at least 4");
  }
}
