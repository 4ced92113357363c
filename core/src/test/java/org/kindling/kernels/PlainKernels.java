package org.kindling.kernels;

/** The oracle: every kernel as a short loop in double precision, nothing fused, nothing tiled. */
public final class PlainKernels implements Kernels {
  @Override
  public String name() {
    return "plain";
  }

  @Override
  public Arithmetic arithmetic() {
    return new Arithmetic(name(), "Java", "fp64", "any", 0, "CPU");
  }

  @Override
  public PlainTensor allocate(long elements) {
    return new PlainTensor(Math.toIntExact(elements));
  }

  private static PlainTensor plain(Tensor tensor) {
    return PlainTensor.of(tensor);
  }

  /** Position of a row within its document. */
  private static int position(Sequences s, int row) {
    return s.first(row / s.computed()) + row % s.computed() - s.documentStart(row);
  }

  @Override
  public void embed(Embedding e, Sequences sequences, int[] ids, Tensor out) {
    for (int row = 0; row < sequences.rows(); row++) {
      for (int i = 0; i < e.width(); i++) {
        double sum = plain(e.tokens().value()).get(ids[row] * e.width() + i);
        if (e.positions() != null) {
          sum += plain(e.positions().value()).get(position(sequences, row) * e.width() + i);
        }
        plain(out).set(row * e.width() + i, sum);
      }
    }
  }

  @Override
  public void embedBackward(Embedding e, Sequences sequences, int[] ids, Tensor dOut) {
    for (int row = 0; row < sequences.rows(); row++) {
      for (int i = 0; i < e.width(); i++) {
        double d = plain(dOut).get(row * e.width() + i);
        plain(e.tokens().gradient()).add(ids[row] * e.width() + i, d);
        if (e.positions() != null && e.positions().gradient() != null) {
          int at = position(sequences, row) * e.width() + i;
          plain(e.positions().gradient()).add(at, d);
        }
      }
    }
  }

  private static int weightAt(Linear layer, int input, int output) {
    return layer.layout() == Linear.Layout.INPUTS_FIRST
        ? input * layer.outputs() + output
        : output * layer.inputs() + input;
  }

  @Override
  public void linear(Linear layer, int rows, Tensor x, Tensor y) {
    for (int row = 0; row < rows; row++) {
      for (int o = 0; o < layer.outputs(); o++) {
        double sum = layer.bias() == null ? 0 : plain(layer.bias().value()).get(o);
        for (int i = 0; i < layer.inputs(); i++) {
          double weight = plain(layer.weight().value()).get(weightAt(layer, i, o));
          sum += plain(x).get(row * layer.inputs() + i) * weight;
        }
        plain(y).set(row * layer.outputs() + o, sum);
      }
    }
  }

  @Override
  public void linearBackward(Linear layer, int rows, Tensor x, Tensor dy, Tensor dx) {
    plain(dx).slice(0, (long) rows * layer.inputs()).clear();
    for (int row = 0; row < rows; row++) {
      for (int o = 0; o < layer.outputs(); o++) {
        double d = plain(dy).get(row * layer.outputs() + o);
        if (layer.bias() != null) {
          plain(layer.bias().gradient()).add(o, d);
        }
        for (int i = 0; i < layer.inputs(); i++) {
          int weight = weightAt(layer, i, o);
          int input = row * layer.inputs() + i;
          plain(layer.weight().gradient()).add(weight, d * plain(x).get(input));
          plain(dx).add(input, d * plain(layer.weight().value()).get(weight));
        }
      }
    }
  }

  @Override
  public void normalize(Norm norm, int rows, Norm.Activations a) {
    for (int row = 0; row < rows; row++) {
      int at = row * norm.width();
      PlainNorm.forward(norm, plain(a.input()), at, plain(a.output()), at);
    }
  }

  @Override
  public void addAndNormalize(Norm norm, int rows, Tensor x, Tensor addend, Norm.Activations a) {
    for (int i = 0; i < rows * norm.width(); i++) {
      plain(a.input()).set(i, plain(x).get(i) + plain(addend).get(i));
    }
    normalize(norm, rows, a);
  }

  @Override
  public void normalizeBackward(
      Norm norm, int rows, Norm.Activations a, Tensor dOutput, Tensor dInput) {
    for (int row = 0; row < rows; row++) {
      int at = row * norm.width();
      double[] d = PlainNorm.backward(norm, plain(a.input()), at, plain(dOutput), at);
      for (int i = 0; i < d.length; i++) {
        plain(dInput).add(at + i, d[i]);
      }
    }
  }

  private static int headAt(Columns columns, int row, int head, int width) {
    return row * columns.stride() + columns.from() + head * width;
  }

  @Override
  public void normalizeHeads(Norm norm, HeadSpan span, Columns x, Columns y, Tensor statistics) {
    for (int row = 0; row < span.rows(); row++) {
      for (int head = 0; head < span.heads(); head++) {
        int from = headAt(x, row, head, norm.width());
        int to = headAt(y, row, head, norm.width());
        PlainNorm.forward(norm, plain(x.tensor()), from, plain(y.tensor()), to);
      }
    }
  }

  @Override
  public void normalizeHeadsBackward(
      Norm norm, HeadSpan span, Columns x, Tensor statistics, Columns d) {
    for (int row = 0; row < span.rows(); row++) {
      for (int head = 0; head < span.heads(); head++) {
        int from = headAt(x, row, head, norm.width());
        int to = headAt(d, row, head, norm.width());
        double[] dx = PlainNorm.backward(norm, plain(x.tensor()), from, plain(d.tensor()), to);
        for (int i = 0; i < dx.length; i++) {
          plain(d.tensor()).set(to + i, dx[i]);
        }
      }
    }
  }

  @Override
  public void rotate(Rotation rotation, Sequences sequences, int heads, Columns x) {
    turn(rotation, sequences, heads, x, 1);
  }

  @Override
  public void rotateBackward(Rotation rotation, Sequences sequences, int heads, Columns d) {
    turn(rotation, sequences, heads, d, -1);
  }

  private static void turn(Rotation rotation, Sequences s, int heads, Columns x, int sign) {
    int half = rotation.half();
    PlainTensor tensor = plain(x.tensor());
    for (int row = 0; row < s.rows(); row++) {
      for (int pair = 0; pair < heads * half; pair++) {
        int first = headAt(x, row, pair / half, 2 * half) + pair % half;
        int angle = position(s, row) * half + pair % half;
        double cosine = plain(rotation.cosines()).get(angle);
        double sine = sign * plain(rotation.sines()).get(angle);
        double a = tensor.get(first);
        double b = tensor.get(first + half);
        tensor.set(first, a * cosine - b * sine);
        tensor.set(first + half, b * cosine + a * sine);
      }
    }
  }

  @Override
  public void appendToCache(Sequences s, int width, Columns from, Columns to) {
    for (int row = 0; row < s.rows(); row++) {
      int sequence = row / s.computed();
      int position = s.first(sequence) + row % s.computed();
      int place = s.slot(sequence) * s.capacity() + position;
      for (int i = 0; i < width; i++) {
        double value = plain(from.tensor()).get(row * from.stride() + from.from() + i);
        plain(to.tensor()).set(place * to.stride() + to.from() + i, value);
      }
    }
  }

  @Override
  public void activate(Activation activation, int rows, int width, Tensor x, Tensor y) {
    PlainActivation.forward(activation, rows, width, plain(x), plain(y));
  }

  @Override
  public void activateBackward(Activation activation, int rows, int width, Tensor x, Tensor dy) {
    PlainActivation.backward(activation, rows, width, plain(x), plain(dy));
  }

  @Override
  public long attentionMemory(Sequences sequences, Heads heads) {
    return new PlainAttention(sequences, heads).memory();
  }

  @Override
  public void attention(
      Sequences sequences, Heads heads, AttentionInputs in, Tensor saved, Tensor out) {
    new PlainAttention(sequences, heads).forward(in, plain(saved), out);
  }

  @Override
  public void attentionBackward(
      Sequences sequences, Heads heads, AttentionPass forward, Tensor dOut, AttentionInputs d) {
    new PlainAttention(sequences, heads).backward(forward, dOut, d);
  }

  @Override
  public long headScratch(int vocabulary) {
    return 1;
  }

  @Override
  public void logits(OutputHead head, int rows, Tensor x, Tensor logits) {
    new PlainHead(head).logits(rows, plain(x), plain(logits));
  }

  @Override
  public double crossEntropy(OutputHead head, int rows, Tensor x, Targets targets) {
    return new PlainHead(head).loss(rows, plain(x), targets);
  }

  @Override
  public double crossEntropyBackward(
      OutputHead head, int rows, Tensor x, Targets targets, float factor, Tensor dx) {
    new PlainHead(head).backward(rows, plain(x), targets, factor, plain(dx));
    return crossEntropy(head, rows, x, targets);
  }

  @Override
  public double sumOfSquares(Tensor tensor) {
    double sum = 0;
    for (int i = 0; i < tensor.size(); i++) {
      sum += plain(tensor).get(i) * plain(tensor).get(i);
    }
    return sum;
  }

  @Override
  public void adamW(AdamWUpdate u, AdamWUpdate.Range range) {
    for (long k = 0; k < range.length(); k++) {
      long i = range.from() + k;
      long j = range.second() + k;
      double g = plain(u.gradients()).get(i) * u.gradientScale();
      double m = u.beta1() * plain(u.firstMoment()).get(i) + (1 - u.beta1()) * g;
      double v = u.beta2() * plain(u.secondMoment()).get(j) + (1 - u.beta2()) * g * g;
      plain(u.firstMoment()).set(i, m);
      plain(u.secondMoment()).set(j, v);
      double p = plain(u.parameters()).get(i) * (1 - u.learningRate() * range.decay());
      double step = (m / u.correction1()) / (Math.sqrt(v / u.correction2()) + u.epsilon());
      plain(u.parameters()).set(i, p - u.learningRate() * step);
    }
  }

  @Override
  public void muon(MuonUpdate update, MatrixRange matrix) {
    PlainMuon.step(update, matrix);
  }

  @Override
  public void close() {
    // Nothing to free.
  }
}
