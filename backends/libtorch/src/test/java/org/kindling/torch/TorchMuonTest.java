package org.kindling.torch;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.Arena;
import org.kindling.kernels.KernelPairs;
import org.kindling.kernels.MatrixRange;
import org.kindling.kernels.MuonUpdate;
import org.kindling.kernels.Tensor;

/** Steps of Muon in every precision: only the update itself is ever rounded to bfloat16. */
class TorchMuonTest {
  /** Rounding is part of every iteration, which enlarges small singular values a hundredfold. */
  private static final double BF16_UPDATE = 0.1;

  @ParameterizedTest
  @CsvSource({"16, 33, 17, 51", "0, 48, 96, 288", "64, 128, 64, 64"})
  void keepsItsPrecision(int from, int rows, int columns, int stride) {
    MatrixRange matrix = new MatrixRange(from, rows, columns, stride);
    long size = from + (long) rows * stride;
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        // Of zeros: what is found is the update alone.
        KernelPairs.Pair parameters = pairs.numbers(size, 0);
        KernelPairs.Pair gradients = pairs.numbers(size);
        KernelPairs.Pair momentum = pairs.numbers(size, 0.3);
        pairs.both(
            side -> {
              long elements = MuonUpdate.scratch(matrix);
              try (Tensor scratch = side.kernels().allocate(Arena.Role.SHARED, elements)) {
                MuonUpdate update =
                    new MuonUpdate(
                        side.of(parameters),
                        side.of(gradients),
                        side.of(momentum),
                        scratch,
                        0.5,
                        0.02,
                        0.9,
                        0.3);
                side.kernels().muon(update, matrix);
              }
            });
        boolean rounded = precision == TestedPrecision.BF16;
        double tolerance = rounded ? BF16_UPDATE : 100 * precision.tolerance();
        parameters.near(precision + ": parameters", tolerance);
        momentum.near(precision + ": momentum", precision.toleranceOfMasters());
      }
    }
  }
}
