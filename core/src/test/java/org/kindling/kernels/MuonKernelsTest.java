package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A step of Muon on one matrix: against singular values, and fast kernels against the oracle. */
class MuonKernelsTest {
  private static final int BEHIND = 21;

  /** What the quintic makes of a singular value in five iterations. */
  private static double iterated(double s) {
    double x = s;
    for (int i = 0; i < 5; i++) {
      x = 3.4445 * x - 4.7750 * Math.pow(x, 3) + 2.0315 * Math.pow(x, 5);
    }
    return x;
  }

  /** The oracle's update X of a matrix. */
  private static RealMatrix orthogonalized(KernelPairs pairs, KernelPairs.Pair g, MatrixRange m) {
    Tensor parameters = pairs.plain.allocate(m.elements());
    Tensor momentum = pairs.plain.allocate(m.elements());
    MuonUpdate update =
        new MuonUpdate(parameters, g.plain(), momentum, parameters.slice(0, 1), 1, 1, 0, 0);
    pairs.plain.muon(update, m);
    double[][] x = new double[m.rows()][m.columns()];
    for (int i = 0; i < m.elements(); i++) {
      double change = ((PlainTensor) parameters).get(i);
      x[i / m.columns()][i % m.columns()] = -change / update.rate(m);
    }
    return new Array2DRowRealMatrix(x);
  }

  @ParameterizedTest
  @CsvSource({"24, 40", "40, 24", "30, 30", "1, 9"})
  void keepsSingularVectorsAndTakesSingularValuesNearOne(int rows, int columns) {
    try (KernelPairs pairs = new KernelPairs("vector")) {
      MatrixRange matrix = new MatrixRange(0, rows, columns, columns);
      KernelPairs.Pair g = pairs.numbers(matrix.elements());
      RealMatrix input = new Array2DRowRealMatrix(rows, columns);
      for (int i = 0; i < matrix.elements(); i++) {
        input.setEntry(i / columns, i % columns, ((PlainTensor) g.plain()).get(i));
      }
      SingularValueDecomposition svd = new SingularValueDecomposition(input);
      double norm = input.getFrobeniusNorm();
      RealMatrix x = orthogonalized(pairs, g, matrix);
      RealMatrix turned = svd.getUT().multiply(x).multiply(svd.getV());
      for (int i = 0; i < turned.getRowDimension(); i++) {
        for (int j = 0; j < turned.getColumnDimension(); j++) {
          double share = svd.getSingularValues()[i] / norm;
          double expected = i == j ? iterated(share) : 0;
          assertThat(turned.getEntry(i, j)).isCloseTo(expected, within(1e-9));
          if (i == j && share > 0.01) {
            assertThat(turned.getEntry(i, i)).isBetween(0.68, 1.14);
          }
        }
      }
    }
  }

  private record Operands(
      KernelPairs.Pair parameters, KernelPairs.Pair gradients, KernelPairs.Pair momentum) {
    static Operands of(KernelPairs pairs, MatrixRange matrix) {
      long size = matrix.from() + (long) matrix.rows() * matrix.stride() + BEHIND;
      return new Operands(pairs.numbers(size), pairs.numbers(size), pairs.numbers(size, 0.3));
    }

    MuonUpdate update(KernelPairs.Side side, MatrixRange matrix) {
      long elements = MuonUpdate.scratch(matrix);
      Tensor scratch = side.kernels().allocate(Arena.Role.SHARED, elements);
      return new MuonUpdate(
          side.of(parameters), side.of(gradients), side.of(momentum), scratch, 0.5, 0.02, 0.9, 0.3);
    }

    void twoSteps(KernelPairs pairs, MatrixRange matrix) {
      pairs.both(
          side -> {
            MuonUpdate update = update(side, matrix);
            side.kernels().muon(update, matrix);
            side.kernels().muon(update, matrix);
            update.scratch().close();
          });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5, 3, 3",
    "16, 3, 5, 5",
    "7, 1, 9, 9",
    "5, 9, 1, 1",
    "16, 33, 17, 51",
    "48, 17, 33, 99",
    "0, 48, 48, 144",
    "32, 130, 67, 67",
    "32, 24, 1100, 1100",
    "3, 1, 1, 1"
  })
  void updatesWhatTheOracleDoes(int from, int rows, int columns, int stride) {
    MatrixRange matrix = new MatrixRange(from, rows, columns, stride);
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        Operands operands = Operands.of(pairs, matrix);
        operands.twoSteps(pairs, matrix);
        operands.parameters().same(name + ": parameters", 1e-5);
        operands.momentum().same(name + ": momentum", 1e-6);
      }
    }
  }

  /** Rounding is part of every iteration, which enlarges small singular values a hundredfold. */
  @ParameterizedTest
  @CsvSource({"16, 33, 17, 51", "0, 17, 33, 33", "0, 48, 96, 288", "64, 128, 64, 64"})
  void isNearTheOracleInBf16(int from, int rows, int columns, int stride) {
    MatrixRange matrix = new MatrixRange(from, rows, columns, stride);
    for (String name : TestedKernels.names()) {
      for (Precision precision : precisions(name)) {
        try (KernelPairs pairs = new KernelPairs(Kernels.named(name, precision))) {
          Operands operands = Operands.of(pairs, matrix);
          float[] before = KernelPairs.values(operands.parameters().plain());
          operands.twoSteps(pairs, matrix);
          operands.momentum().same("momentum", 1e-6);
          double error = error(before, operands.parameters());
          assertThat(error).as("%s %s", name, precision).isLessThan(0.05);
          boolean rounds = pairs.fast.precision() == Precision.BF16;
          assertThat(error > 1e-4).as("%s %s", name, precision).isEqualTo(rounds);
        }
      }
    }
  }

  /** Norm of the difference by the norm of the change. */
  private static double error(float[] before, KernelPairs.Pair parameters) {
    float[] found = KernelPairs.values(parameters.fast());
    float[] expected = KernelPairs.values(parameters.plain());
    double difference = 0;
    double change = 0;
    for (int i = 0; i < before.length; i++) {
      difference += Math.pow((double) found[i] - expected[i], 2);
      change += Math.pow((double) expected[i] - before[i], 2);
    }
    return Math.sqrt(difference / change);
  }

  @Test
  void givesTheSameBitsTwice() {
    MatrixRange matrix = new MatrixRange(16, 70, 33, 99);
    for (String name : TestedKernels.names()) {
      for (Precision precision : precisions(name)) {
        float[][] found = new float[2][];
        for (int i = 0; i < 2; i++) {
          try (KernelPairs pairs = new KernelPairs(Kernels.named(name, precision))) {
            Operands operands = Operands.of(pairs, matrix);
            operands.twoSteps(pairs, matrix);
            found[i] = KernelPairs.values(operands.parameters().fast());
          }
        }
        assertThat(found[0]).as(name).isEqualTo(found[1]);
      }
    }
  }

  private static List<Precision> precisions(String name) {
    return name.equals("nd4j") ? List.of(Precision.FP32) : List.of(Precision.values());
  }

  /** Norms so small that their squares are zero in float32 must not divide. */
  @ParameterizedTest
  @CsvSource({"0", "1e-23", "1e-15"})
  void gradientsOfNothingMoveNothingFar(double scale) {
    MatrixRange matrix = new MatrixRange(0, 64, 64, 64);
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.Pair gradients = pairs.numbers(matrix.elements(), scale);
        Tensor parameters = pairs.numbers(matrix.elements(), 0).fast();
        Tensor momentum = pairs.numbers(matrix.elements(), 0).fast();
        Tensor scratch = pairs.numbers(MuonUpdate.scratch(matrix), 0).fast();
        MuonUpdate update =
            new MuonUpdate(parameters, gradients.fast(), momentum, scratch, 1, 1, 0.95, 0);
        pairs.fast.muon(update, matrix);
        for (float value : KernelPairs.values(parameters)) {
          assertThat(Math.abs(value)).isLessThan(2f);
        }
      }
    }
  }

  @Test
  void refusesMatricesThatAreNoneAndScratchThatIsTooSmall() {
    assertThatThrownBy(() -> new MatrixRange(0, 3, 5, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "matrix: expected a position, rows, columns and a stride of at least the columns,"
                + " found 0, 3, 5 and 4");
    try (KernelPairs pairs = new KernelPairs("vector")) {
      MatrixRange matrix = new MatrixRange(0, 3, 5, 5);
      Tensor t = pairs.numbers(15).fast();
      MuonUpdate update = new MuonUpdate(t, t, t, t, 1, 1, 0, 0);
      assertThatThrownBy(() -> pairs.fast.muon(update, matrix))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("muon: expected a scratch of 48 elements or more, found 15");
    }
  }
}
