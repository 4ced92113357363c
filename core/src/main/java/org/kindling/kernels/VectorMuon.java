package org.kindling.kernels;

import static org.kindling.kernels.Lanes.WIDTH;
import static org.kindling.kernels.Lanes.load;
import static org.kindling.kernels.Lanes.loadPart;
import static org.kindling.kernels.Lanes.store;
import static org.kindling.kernels.Lanes.storePart;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;

/**
 * The step of {@link MuonUpdate}: loops over elements here, products in a {@link MuonPolynomial}.
 * Loops take pieces of at most {@link VectorElements#PIECE} elements of one row, or of the whole
 * matrix if its rows lie next to each other.
 */
final class VectorMuon implements AutoCloseable {
  private final MuonPolynomial polynomial;
  private final float[] lanes = new float[WIDTH];

  /** Of the step at hand. */
  private float gradientScale;

  private float factor;
  private float keep;
  private float rate;

  /**
   * @param polynomial closed with this
   */
  VectorMuon(MuonPolynomial polynomial) {
    this.polynomial = polynomial;
  }

  void step(MuonUpdate update, MatrixRange matrix) {
    CpuTensor scratch = CpuTensor.of(update.scratch());
    if (scratch.size() < MuonUpdate.scratch(matrix)) {
      throw new IllegalArgumentException(
          "muon: expected a scratch of "
              + MuonUpdate.scratch(matrix)
              + " elements or more, found "
              + scratch.size());
    }
    gradientScale = (float) update.gradientScale();
    factor = (float) update.momentumFactor();
    keep = (float) (1 - update.learningRate() * update.decay());
    rate = (float) update.rate(matrix);
    double norm = Math.sqrt(nesterov(update, matrix, scratch));
    scale(scratch, matrix.elements(), (float) (1 / (norm + MuonUpdate.EPSILON)));
    long x = polynomial.iterate(matrix, scratch);
    apply(update, matrix, scratch, x);
  }

  /** Elements that lie next to each other. */
  private static long run(MatrixRange matrix) {
    return matrix.isDense() ? matrix.elements() : matrix.columns();
  }

  private static int piece(long left) {
    return (int) Math.min(VectorElements.PIECE, left);
  }

  /** Writes U to the beginning of the scratch and returns the sum of its squares. */
  private double nesterov(MuonUpdate update, MatrixRange matrix, CpuTensor scratch) {
    CpuTensor gradients = CpuTensor.of(update.gradients());
    CpuTensor momentum = CpuTensor.of(update.momentum());
    long run = run(matrix);
    double squares = 0;
    long from = matrix.from();
    for (long to = 0; to < matrix.elements(); to += run, from += matrix.stride()) {
      for (long i = 0; i < run; i += VectorElements.PIECE) {
        int n = piece(run - i);
        ByteBuffer g = gradients.window(from + i);
        ByteBuffer m = momentum.window(from + i);
        ByteBuffer x = scratch.window(to + i);
        int at = CpuTensor.within(from + i);
        int target = CpuTensor.within(to + i);
        nesterov(g, m, at, x, target, n);
        squares += VectorElements.sumOfSquares(x, target, n, lanes);
      }
    }
    return squares;
  }

  private void nesterov(
      ByteBuffer gradients, ByteBuffer momentum, int at, ByteBuffer x, int target, int n) {
    FloatVector share = Lanes.broadcast(1 - factor);
    FloatVector kept = Lanes.broadcast(factor);
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector g = load(gradients, at + i).mul(gradientScale);
      FloatVector before = load(momentum, at + i);
      FloatVector m = g.sub(before).fma(share, before);
      store(m, momentum, at + i);
      store(m.sub(g).fma(kept, g), x, target + i);
    }
    int part = n - whole;
    if (part > 0) {
      FloatVector g = loadPart(gradients, at + whole, part, lanes).mul(gradientScale);
      FloatVector before = loadPart(momentum, at + whole, part, lanes);
      FloatVector m = g.sub(before).fma(share, before);
      storePart(m, momentum, at + whole, part, lanes);
      storePart(m.sub(g).fma(kept, g), x, target + whole, part, lanes);
    }
  }

  /** Multiplies the first elements of a tensor. */
  static void scale(CpuTensor tensor, long length, float factor) {
    for (long i = 0; i < length; i += VectorElements.PIECE) {
      scale(tensor.window(i), CpuTensor.within(i), piece(length - i), factor);
    }
  }

  private static void scale(ByteBuffer x, int at, int n, float factor) {
    int end = at + Lanes.whole(n);
    for (int i = at; i < end; i += WIDTH) {
      store(load(x, i).mul(factor), x, i);
    }
    for (int i = end; i < at + n; i++) {
      Lanes.put(x, i, Lanes.get(x, i) * factor);
    }
  }

  /** Adds factor times some elements of a tensor to others of it. */
  static void addScaled(CpuTensor tensor, long from, long to, long length, float factor) {
    for (long i = 0; i < length; i += VectorElements.PIECE) {
      addScaled(
          tensor.window(from + i),
          CpuTensor.within(from + i),
          tensor.window(to + i),
          CpuTensor.within(to + i),
          piece(length - i),
          factor);
    }
  }

  private static void addScaled(
      ByteBuffer from, int source, ByteBuffer to, int target, int n, float factor) {
    FloatVector factors = Lanes.broadcast(factor);
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      store(load(from, source + i).fma(factors, load(to, target + i)), to, target + i);
    }
    for (int i = whole; i < n; i++) {
      float sum = Math.fma(factor, Lanes.get(from, source + i), Lanes.get(to, target + i));
      Lanes.put(to, target + i, sum);
    }
  }

  private void apply(MuonUpdate update, MatrixRange matrix, CpuTensor scratch, long x) {
    CpuTensor parameters = CpuTensor.of(update.parameters());
    long run = run(matrix);
    long to = matrix.from();
    for (long from = 0; from < matrix.elements(); from += run, to += matrix.stride()) {
      for (long i = 0; i < run; i += VectorElements.PIECE) {
        apply(
            scratch.window(x + from + i),
            CpuTensor.within(x + from + i),
            parameters.window(to + i),
            CpuTensor.within(to + i),
            piece(run - i));
      }
    }
    parameters.changed();
  }

  private void apply(ByteBuffer x, int source, ByteBuffer p, int target, int n) {
    FloatVector rates = Lanes.broadcast(-rate);
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += WIDTH) {
      FloatVector kept = load(p, target + i).mul(keep);
      store(load(x, source + i).fma(rates, kept), p, target + i);
    }
    for (int i = whole; i < n; i++) {
      float kept = Lanes.get(p, target + i) * keep;
      Lanes.put(p, target + i, Math.fma(-rate, Lanes.get(x, source + i), kept));
    }
  }

  @Override
  public void close() {
    polynomial.close();
  }
}
