package org.kindling.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.MemoryShortageException;
import org.kindling.kernels.Precision;

/** What sections make of what they found. */
class VerdictsTest {
  private static final Shape SHAPE = Sizes.SMALL.curve().ofBatch(8);

  @TempDir private Path directory;
  private Rows rows;

  @BeforeEach
  void noRows() {
    rows = new Rows(directory.resolve("rows"), "section");
  }

  private Outcome outcome() throws Exception {
    List<Row> all = rows.read();
    assertThat(all).hasSize(1);
    return all.get(0).outcome();
  }

  private void compareCurves(Precision precision, double difference) {
    double[] expected = new double[Curve.STEPS];
    Arrays.fill(expected, 2);
    double[] found = new double[Curve.STEPS];
    Arrays.fill(found, 2 + difference);
    Curve.compare("steps", precision, new Curve.Losses(expected, found, "text"), rows);
  }

  @Test
  void aCurveWithinItsLimitPasses() throws Exception {
    compareCurves(Precision.FP32, 9e-4);
    assertThat(outcome()).isEqualTo(Outcome.PASSED);
  }

  @Test
  void fp32HasTheSmallerLimit() throws Exception {
    compareCurves(Precision.FP32, 2e-3);
    assertThat(outcome()).isEqualTo(Outcome.FAILED);
    compareCurves(Precision.BF16, 2e-3);
    assertThat(outcome()).isEqualTo(Outcome.PASSED);
    compareCurves(Precision.BF16, -2e-2);
    assertThat(outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void aCurveThatIsNoNumberFails() throws Exception {
    compareCurves(Precision.BF16, Double.NaN);
    assertThat(outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void otherBitsOfTheSecondRunFail() throws Exception {
    Bits.compare("runs", List.of("a".repeat(64), "b".repeat(64), "a".repeat(64)), rows);
    assertThat(rows.read().get(0).result())
        .contains("second run has OTHER bits", "resumed the same");
    assertThat(outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void otherBitsOfTheKilledRunFail() throws Exception {
    Bits.compare("runs", List.of("a".repeat(64), "a".repeat(64), "b".repeat(64)), rows);
    assertThat(outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void equalBitsPass() throws Exception {
    Bits.compare("runs", List.of("a".repeat(64), "a".repeat(64), "a".repeat(64)), rows);
    assertThat(outcome()).isEqualTo(Outcome.PASSED);
  }

  @Test
  void memoryThatGrowsFails() throws Exception {
    Memory.growth("memory", 1000, 1040, rows);
    assertThat(outcome()).isEqualTo(Outcome.PASSED);
    Memory.growth("memory", 1000, 1060, rows);
    assertThat(outcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void aLaterRowOfTheSameNameReplacesTheEarlier() throws Exception {
    rows.failed("all", "10 so far", Map.of());
    rows.measured("other", "1", Map.of());
    rows.passed("all", "12", Map.of());
    assertThat(rows.read()).extracting(Row::result).containsExactly("1", "12");
  }

  @Test
  void aRowThatAKilledProcessLeftHalfIsLeftOut() throws Exception {
    rows.passed("all", "12", Map.of());
    Files.writeString(directory.resolve("rows"), "{\"section\":\"sec", StandardOpenOption.APPEND);
    assertThat(rows.read()).hasSize(1);
  }

  @Test
  void pyTorchsSpeedHasKindlingsBesideIt() {
    Row row =
        new Row("pytorch", "GPT-2", Outcome.MEASURED, "200", Map.of("tokensPerSecond", 200.0));
    assertThat(PyTorch.compared(row, 150).result()).isEqualTo("200; Kindling 0.75 times that");
    assertThat(PyTorch.compared(row, 150).values()).containsEntry("kindlingTimes", 0.75);
  }

  @Test
  void aBatchThatDoesNotFitIsHalved() {
    int batch =
        LargestBatch.of(
            SHAPE,
            tried -> {
              if (tried.batch() == 8) {
                throw new MemoryShortageException("model: needs 9 bytes");
              }
              if (tried.batch() == 4) {
                throw new IllegalStateException("CUDA out of memory. Tried to allocate 2 GiB");
              }
              return tried.batch();
            });
    assertThat(batch).isEqualTo(2);
  }

  @Test
  void otherFailuresAreNotTriedAgain() {
    int[] tries = new int[1];
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                LargestBatch.of(
                    SHAPE,
                    tried -> {
                      tries[0]++;
                      throw new IllegalStateException("CUDA error: an illegal memory access");
                    }))
        .withMessageContaining("illegal");
    assertThat(tries[0]).isEqualTo(1);
  }

  @Test
  void oneSequenceThatDoesNotFitIsAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                LargestBatch.of(
                    SHAPE,
                    tried -> {
                      throw new MemoryShortageException("model: needs 9 bytes");
                    }));
  }
}
