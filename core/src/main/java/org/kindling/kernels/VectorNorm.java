package org.kindling.kernels;

import java.nio.ByteBuffer;

/** Norms over whole matrices, and over the heads of some of their columns. */
final class VectorNorm {
  private final float[] scratch = new float[Lanes.WIDTH];

  /** Rows that lie in one window together. */
  private static int block(int width) {
    return (int) Math.max(1, CpuTensor.STRIDE_ELEMENTS / width);
  }

  void normalize(Norm norm, int rows, Norm.Activations a) {
    int block = block(norm.width());
    for (int first = 0; first < rows; first += block) {
      normalizeBlock(norm, first, Math.min(block, rows - first), a);
    }
  }

  private void normalizeBlock(Norm norm, int first, int count, Norm.Activations a) {
    int width = norm.width();
    long at = (long) first * width;
    ByteBuffer x = CpuTensor.of(a.input()).window(at);
    ByteBuffer y = CpuTensor.of(a.output()).window(at);
    ByteBuffer statistics = CpuTensor.of(a.statistics()).buffer();
    VectorRows.NormRow operands = operands(norm);
    int start = CpuTensor.within(at);
    for (int row = 0; row < count; row++) {
      normalizeRow(norm, operands, x, y, start + row * width, statistics, first + row);
    }
  }

  private static VectorRows.NormRow operands(Norm norm) {
    ByteBuffer gain = CpuTensor.of(norm.gain().value()).buffer();
    ByteBuffer bias = norm.bias() == null ? null : CpuTensor.of(norm.bias().value()).buffer();
    return new VectorRows.NormRow(gain, bias, norm.width());
  }

  private void normalizeRow(
      Norm norm,
      VectorRows.NormRow operands,
      ByteBuffer x,
      ByteBuffer y,
      int at,
      ByteBuffer statistics,
      int row) {
    int width = norm.width();
    if (norm.kind() == Norm.Kind.RMS) {
      float r = VectorRmsRows.reciprocal(x, at, width, norm.epsilon(), scratch);
      Lanes.put(statistics, row, r);
      VectorRmsRows.normalize(operands.gain(), x, at, y, at, width, r);
      return;
    }
    float mean = VectorRows.mean(x, at, width, scratch);
    float rstd = VectorRows.rstd(x, at, width, mean, norm.epsilon(), scratch);
    Lanes.put(statistics, 2 * row, mean);
    Lanes.put(statistics, 2 * row + 1, rstd);
    VectorRows.normalizeRow(operands, x, y, at, mean, rstd, scratch);
  }

  void addAndNormalize(Norm norm, int rows, Tensor stream, Tensor branch, Norm.Activations a) {
    int block = block(norm.width());
    for (int first = 0; first < rows; first += block) {
      addAndNormalizeBlock(norm, first, Math.min(block, rows - first), stream, branch, a);
    }
  }

  private void addAndNormalizeBlock(
      Norm norm, int first, int count, Tensor stream, Tensor branch, Norm.Activations a) {
    int width = norm.width();
    long from = (long) first * width;
    ByteBuffer left = CpuTensor.of(stream).window(from);
    ByteBuffer right = CpuTensor.of(branch).window(from);
    ByteBuffer sum = CpuTensor.of(a.input()).window(from);
    ByteBuffer y = CpuTensor.of(a.output()).window(from);
    ByteBuffer statistics = CpuTensor.of(a.statistics()).buffer();
    VectorRows.NormRow operands = operands(norm);
    int start = CpuTensor.within(from);
    for (int row = 0; row < count; row++) {
      int at = start + row * width;
      VectorRows.sum(left, at, right, at, sum, at, width);
      normalizeRow(norm, operands, sum, y, at, statistics, first + row);
    }
  }

  void backward(Norm norm, int rows, Norm.Activations a, Tensor dOutput, Tensor dInput) {
    int block = block(norm.width());
    for (int first = 0; first < rows; first += block) {
      int count = Math.min(block, rows - first);
      if (norm.kind() == Norm.Kind.RMS) {
        rmsBackwardBlock(norm, first, count, a, dOutput, dInput);
      } else {
        layerBackwardBlock(norm, first, count, a, dOutput, dInput);
      }
    }
  }

  private void layerBackwardBlock(
      Norm norm, int first, int count, Norm.Activations a, Tensor dOutput, Tensor dInput) {
    int width = norm.width();
    long at = (long) first * width;
    ByteBuffer statistics = CpuTensor.of(a.statistics()).buffer();
    VectorRows.NormBackward operands =
        new VectorRows.NormBackward(
            CpuTensor.of(norm.gain().value()).buffer(),
            CpuTensor.of(norm.gain().gradient()).buffer(),
            CpuTensor.of(norm.bias().gradient()).buffer(),
            CpuTensor.of(a.input()).window(at),
            CpuTensor.of(dOutput).window(at),
            CpuTensor.of(dInput).window(at),
            width);
    int start = CpuTensor.within(at);
    for (int row = 0; row < count; row++) {
      float mean = Lanes.get(statistics, 2 * (first + row));
      float rstd = Lanes.get(statistics, 2 * (first + row) + 1);
      VectorRows.normalizeRowBackward(operands, start + row * width, mean, rstd, scratch);
    }
  }

  private void rmsBackwardBlock(
      Norm norm, int first, int count, Norm.Activations a, Tensor dOutput, Tensor dInput) {
    int width = norm.width();
    long at = (long) first * width;
    ByteBuffer statistics = CpuTensor.of(a.statistics()).buffer();
    VectorRmsRows.Backward operands =
        new VectorRmsRows.Backward(
            CpuTensor.of(norm.gain().value()).buffer(),
            CpuTensor.of(norm.gain().gradient()).buffer(),
            CpuTensor.of(a.input()).window(at),
            CpuTensor.of(dOutput).window(at),
            CpuTensor.of(dInput).window(at),
            width);
    int start = CpuTensor.within(at);
    for (int row = 0; row < count; row++) {
      float r = Lanes.get(statistics, first + row);
      int i = start + row * width;
      float mean = VectorRmsRows.gainGradient(operands, i, i, r, scratch);
      VectorRmsRows.addInputGradient(operands, i, r, mean);
    }
  }

  void normalizeHeads(Norm norm, Kernels.HeadSpan span, Columns x, Columns y, Tensor statistics) {
    int block = block(Math.max(x.stride(), y.stride()));
    for (int first = 0; first < span.rows(); first += block) {
      int count = Math.min(block, span.rows() - first);
      normalizeHeadsBlock(norm, first, new Kernels.HeadSpan(count, span.heads()), x, y, statistics);
    }
  }

  private void normalizeHeadsBlock(
      Norm norm, int first, Kernels.HeadSpan span, Columns x, Columns y, Tensor statisticsTensor) {
    int width = norm.width();
    long source = (long) first * x.stride() + x.from();
    long target = (long) first * y.stride() + y.from();
    ByteBuffer in = CpuTensor.of(x.tensor()).window(source);
    ByteBuffer out = CpuTensor.of(y.tensor()).window(target);
    CpuTensor statistics = CpuTensor.of(statisticsTensor);
    ByteBuffer gain = CpuTensor.of(norm.gain().value()).buffer();
    for (int row = 0; row < span.rows(); row++) {
      for (int head = 0; head < span.heads(); head++) {
        int at = CpuTensor.within(source) + row * x.stride() + head * width;
        int outAt = CpuTensor.within(target) + row * y.stride() + head * width;
        float r = VectorRmsRows.reciprocal(in, at, width, norm.epsilon(), scratch);
        put(statistics, (long) (first + row) * span.heads() + head, r);
        VectorRmsRows.normalize(gain, in, at, out, outAt, width, r);
      }
    }
  }

  void normalizeHeadsBackward(
      Norm norm, Kernels.HeadSpan span, Columns x, Tensor statistics, Columns d) {
    int block = block(Math.max(x.stride(), d.stride()));
    for (int first = 0; first < span.rows(); first += block) {
      int count = Math.min(block, span.rows() - first);
      Kernels.HeadSpan part = new Kernels.HeadSpan(count, span.heads());
      normalizeHeadsBackwardBlock(norm, first, part, x, statistics, d);
    }
  }

  private void normalizeHeadsBackwardBlock(
      Norm norm, int first, Kernels.HeadSpan span, Columns x, Tensor statisticsTensor, Columns d) {
    int width = norm.width();
    long source = (long) first * x.stride() + x.from();
    long target = (long) first * d.stride() + d.from();
    CpuTensor statistics = CpuTensor.of(statisticsTensor);
    ByteBuffer gradient = CpuTensor.of(d.tensor()).window(target);
    VectorRmsRows.Backward operands =
        new VectorRmsRows.Backward(
            CpuTensor.of(norm.gain().value()).buffer(),
            CpuTensor.of(norm.gain().gradient()).buffer(),
            CpuTensor.of(x.tensor()).window(source),
            gradient,
            gradient,
            width);
    for (int row = 0; row < span.rows(); row++) {
      for (int head = 0; head < span.heads(); head++) {
        int at = CpuTensor.within(source) + row * x.stride() + head * width;
        int dAt = CpuTensor.within(target) + row * d.stride() + head * width;
        float r = get(statistics, (long) (first + row) * span.heads() + head);
        float mean = VectorRmsRows.gainGradient(operands, at, dAt, r, scratch);
        VectorRmsRows.replaceGradient(operands, at, dAt, r, mean);
      }
    }
  }

  private static void put(CpuTensor tensor, long at, float value) {
    Lanes.put(tensor.window(at), CpuTensor.within(at), value);
  }

  private static float get(CpuTensor tensor, long at) {
    return Lanes.get(tensor.window(at), CpuTensor.within(at));
  }
}
