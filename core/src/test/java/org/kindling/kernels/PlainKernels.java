package org.kindling.kernels;

/** The oracle: every kernel as a short loop in double precision, nothing fused, nothing tiled. */
public final class PlainKernels implements Kernels {
  private static final double SLOPE = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  @Override
  public String name() {
    return "plain";
  }

  @Override
  public PlainTensor allocate(long elements) {
    return new PlainTensor(Math.toIntExact(elements));
  }

  private static PlainTensor plain(Tensor tensor) {
    return (PlainTensor) tensor;
  }

  private static void add(PlainTensor tensor, long at, double value) {
    tensor.set(at, tensor.get(at) + value);
  }

  @Override
  public void embed(Embedding e, Sequences sequences, int[] ids, Tensor out) {
    for (int row = 0; row < sequences.rows(); row++) {
      int position = sequences.first() + row % sequences.computed();
      for (int i = 0; i < e.width(); i++) {
        double token = plain(e.tokens().value()).get(ids[row] * e.width() + i);
        double place = plain(e.positions().value()).get(position * e.width() + i);
        plain(out).set(row * e.width() + i, token + place);
      }
    }
  }

  @Override
  public void embedBackward(Embedding e, Sequences sequences, int[] ids, Tensor dOut) {
    for (int row = 0; row < sequences.rows(); row++) {
      int position = sequences.first() + row % sequences.computed();
      for (int i = 0; i < e.width(); i++) {
        double d = plain(dOut).get(row * e.width() + i);
        add(plain(e.tokens().gradient()), ids[row] * e.width() + i, d);
        add(plain(e.positions().gradient()), position * e.width() + i, d);
      }
    }
  }

  @Override
  public void linear(Linear layer, int rows, Tensor x, Tensor y) {
    for (int row = 0; row < rows; row++) {
      for (int o = 0; o < layer.outputs(); o++) {
        double sum = plain(layer.bias().value()).get(o);
        for (int i = 0; i < layer.inputs(); i++) {
          double weight = plain(layer.weight().value()).get(i * layer.outputs() + o);
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
        add(plain(layer.bias().gradient()), o, d);
        for (int i = 0; i < layer.inputs(); i++) {
          int weight = i * layer.outputs() + o;
          int input = row * layer.inputs() + i;
          add(plain(layer.weight().gradient()), weight, d * plain(x).get(input));
          add(plain(dx), input, d * plain(layer.weight().value()).get(weight));
        }
      }
    }
  }

  @Override
  public void normalize(LayerNorm norm, int rows, LayerNorm.Activations a) {
    int width = norm.width();
    for (int row = 0; row < rows; row++) {
      double mean = 0;
      for (int i = 0; i < width; i++) {
        mean += plain(a.input()).get(row * width + i) / width;
      }
      double variance = 0;
      for (int i = 0; i < width; i++) {
        variance += Math.pow(plain(a.input()).get(row * width + i) - mean, 2) / width;
      }
      double deviation = 1 / Math.sqrt(variance + LayerNorm.EPSILON);
      plain(a.statistics()).set(2 * row, mean);
      plain(a.statistics()).set(2 * row + 1, deviation);
      for (int i = 0; i < width; i++) {
        double hat = (plain(a.input()).get(row * width + i) - mean) * deviation;
        double gain = plain(norm.gain().value()).get(i);
        plain(a.output()).set(row * width + i, hat * gain + plain(norm.bias().value()).get(i));
      }
    }
  }

  @Override
  public void addAndNormalize(
      LayerNorm norm, int rows, Tensor x, Tensor addend, LayerNorm.Activations a) {
    for (int i = 0; i < rows * norm.width(); i++) {
      plain(a.input()).set(i, plain(x).get(i) + plain(addend).get(i));
    }
    normalize(norm, rows, a);
  }

  @Override
  public void normalizeBackward(
      LayerNorm norm, int rows, LayerNorm.Activations a, Tensor dOutput, Tensor dInput) {
    int width = norm.width();
    for (int row = 0; row < rows; row++) {
      double mean = plain(a.statistics()).get(2 * row);
      double deviation = plain(a.statistics()).get(2 * row + 1);
      double meanOfD = 0;
      double meanOfProduct = 0;
      for (int i = 0; i < width; i++) {
        double dy = plain(dOutput).get(row * width + i);
        double hat = (plain(a.input()).get(row * width + i) - mean) * deviation;
        double d = dy * plain(norm.gain().value()).get(i);
        meanOfD += d / width;
        meanOfProduct += d * hat / width;
        add(plain(norm.gain().gradient()), i, dy * hat);
        add(plain(norm.bias().gradient()), i, dy);
      }
      for (int i = 0; i < width; i++) {
        double hat = (plain(a.input()).get(row * width + i) - mean) * deviation;
        double d = plain(dOutput).get(row * width + i) * plain(norm.gain().value()).get(i);
        add(plain(dInput), row * width + i, (d - meanOfD - hat * meanOfProduct) * deviation);
      }
    }
  }

  @Override
  public void gelu(long elements, Tensor x, Tensor y) {
    for (int i = 0; i < elements; i++) {
      double v = plain(x).get(i);
      double tanh = Math.tanh(SLOPE * (v + CUBIC * v * v * v));
      double inner = SLOPE * (1 + 3 * CUBIC * v * v);
      plain(y).set(i, 0.5 * v * (1 + tanh));
      plain(x).set(i, 0.5 * (1 + tanh) + 0.5 * v * (1 - tanh * tanh) * inner);
    }
  }

  @Override
  public void geluBackward(long elements, Tensor derivative, Tensor d) {
    for (int i = 0; i < elements; i++) {
      plain(d).set(i, plain(d).get(i) * plain(derivative).get(i));
    }
  }

  @Override
  public long attentionMemory(Sequences s, Heads heads) {
    return (long) s.count() * heads.count() * s.computed() * s.length();
  }

  /** Where head h's query (part 0), key (1) or value (2) of a position starts in qkv. */
  private static int at(Sequences s, Heads heads, int sequence, int position, int part, int head) {
    int row = sequence * s.length() + position;
    return (row * 3 + part) * heads.totalWidth() + head * heads.width();
  }

  private static int savedAt(Sequences s, Heads heads, int sequence, int head, int query) {
    return ((sequence * heads.count() + head) * s.computed() + query - s.first()) * s.length();
  }

  private static int outAt(Sequences s, Heads heads, int sequence, int head, int query) {
    int row = sequence * s.computed() + query - s.first();
    return row * heads.totalWidth() + head * heads.width();
  }

  private static double dot(PlainTensor a, int atA, PlainTensor b, int atB, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += a.get(atA + i) * b.get(atB + i);
    }
    return sum;
  }

  private static void addScaled(
      PlainTensor to, int target, double factor, PlainTensor from, int source, int n) {
    for (int i = 0; i < n; i++) {
      add(to, target + i, factor * from.get(source + i));
    }
  }

  @Override
  public void attention(Sequences s, Heads heads, Tensor qkv, Tensor saved, Tensor out) {
    plain(out).slice(0, (long) s.rows() * heads.totalWidth()).clear();
    for (int b = 0; b < s.count(); b++) {
      for (int h = 0; h < heads.count(); h++) {
        for (int q = s.first(); q < s.length(); q++) {
          attendFrom(s, heads, new int[] {b, h, q}, plain(qkv), plain(saved), plain(out));
        }
      }
    }
  }

  private static void attendFrom(
      Sequences s, Heads heads, int[] bhq, PlainTensor qkv, PlainTensor saved, PlainTensor out) {
    int b = bhq[0];
    int h = bhq[1];
    int q = bhq[2];
    int row = savedAt(s, heads, b, h, q);
    int query = at(s, heads, b, q, 0, h);
    double sum = 0;
    for (int k = 0; k <= q; k++) {
      int key = at(s, heads, b, k, 1, h);
      double e = Math.exp(dot(qkv, query, qkv, key, heads.width()) / Math.sqrt(heads.width()));
      saved.set(row + k, e);
      sum += e;
    }
    for (int k = 0; k <= q; k++) {
      saved.set(row + k, saved.get(row + k) / sum);
      int value = at(s, heads, b, k, 2, h);
      addScaled(out, outAt(s, heads, b, h, q), saved.get(row + k), qkv, value, heads.width());
    }
  }

  @Override
  public void attentionBackward(
      Sequences s, Heads heads, AttentionTensors forward, Tensor dOut, Tensor dQkv) {
    plain(dQkv).slice(0, 3L * s.rows() * heads.totalWidth()).clear();
    for (int b = 0; b < s.count(); b++) {
      for (int h = 0; h < heads.count(); h++) {
        for (int q = 0; q < s.length(); q++) {
          attendBackwardFrom(s, heads, new int[] {b, h, q}, forward, plain(dOut), plain(dQkv));
        }
      }
    }
  }

  private static void attendBackwardFrom(
      Sequences s,
      Heads heads,
      int[] bhq,
      AttentionTensors forward,
      PlainTensor dOut,
      PlainTensor dQkv) {
    int b = bhq[0];
    int h = bhq[1];
    int q = bhq[2];
    int n = heads.width();
    PlainTensor qkv = plain(forward.qkv());
    PlainTensor saved = plain(forward.saved());
    int row = savedAt(s, heads, b, h, q);
    int out = outAt(s, heads, b, h, q);
    double weighted = 0;
    for (int k = 0; k <= q; k++) {
      weighted += saved.get(row + k) * dot(dOut, out, qkv, at(s, heads, b, k, 2, h), n);
    }
    int query = at(s, heads, b, q, 0, h);
    for (int k = 0; k <= q; k++) {
      double p = saved.get(row + k);
      double dp = dot(dOut, out, qkv, at(s, heads, b, k, 2, h), n);
      double ds = p * (dp - weighted) / Math.sqrt(n);
      int key = at(s, heads, b, k, 1, h);
      addScaled(dQkv, at(s, heads, b, k, 2, h), p, dOut, out, n);
      addScaled(dQkv, query, ds, qkv, key, n);
      addScaled(dQkv, key, ds, qkv, query, n);
    }
  }

  @Override
  public long unembeddingScratch(int vocabulary) {
    return vocabulary;
  }

  @Override
  public void logits(Unembedding u, int rows, Tensor x, Tensor logits) {
    for (int row = 0; row < rows; row++) {
      for (int v = 0; v < u.vocabulary(); v++) {
        double logit =
            dot(plain(x), row * u.width(), plain(u.weight().value()), v * u.width(), u.width());
        plain(logits).set((long) row * u.vocabulary() + v, logit);
      }
    }
  }

  @Override
  public double crossEntropy(Unembedding u, int rows, Tensor x, int[] targets) {
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      loss += probabilities(u, plain(x), row, targets[row]);
    }
    return loss;
  }

  /** Leaves softmax of the row's logits in the scratch; returns the loss. */
  private double probabilities(Unembedding u, PlainTensor x, int row, int target) {
    PlainTensor p = plain(u.scratch());
    logits(u, 1, x.slice((long) row * u.width(), u.width()), p);
    double max = Double.NEGATIVE_INFINITY;
    for (int v = 0; v < u.vocabulary(); v++) {
      max = Math.max(max, p.get(v));
    }
    double sum = 0;
    for (int v = 0; v < u.vocabulary(); v++) {
      sum += Math.exp(p.get(v) - max);
    }
    double loss = Math.log(sum) + max - p.get(target);
    for (int v = 0; v < u.vocabulary(); v++) {
      p.set(v, Math.exp(p.get(v) - max) / sum);
    }
    return loss;
  }

  @Override
  public double crossEntropyBackward(
      Unembedding u, int rows, Tensor x, Targets targets, Tensor dx) {
    plain(dx).slice(0, (long) rows * u.width()).clear();
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      int target = targets.ids()[row];
      loss += probabilities(u, plain(x), row, target);
      for (int v = 0; v < u.vocabulary(); v++) {
        double d = targets.factor() * (plain(u.scratch()).get(v) - (v == target ? 1 : 0));
        int weight = v * u.width();
        int input = row * u.width();
        addScaled(plain(dx), input, d, plain(u.weight().value()), weight, u.width());
        addScaled(plain(u.weight().gradient()), weight, d, plain(x), input, u.width());
      }
    }
    return loss;
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
  public void adamW(AdamWUpdate u, long from, long length, double decay) {
    for (long i = from; i < from + length; i++) {
      double g = plain(u.gradients()).get(i) * u.gradientScale();
      double m = u.beta1() * plain(u.firstMoment()).get(i) + (1 - u.beta1()) * g;
      double v = u.beta2() * plain(u.secondMoment()).get(i) + (1 - u.beta2()) * g * g;
      plain(u.firstMoment()).set(i, m);
      plain(u.secondMoment()).set(i, v);
      double p = plain(u.parameters()).get(i) * (1 - u.learningRate() * decay);
      double step = (m / u.correction1()) / (Math.sqrt(v / u.correction2()) + u.epsilon());
      plain(u.parameters()).set(i, p - u.learningRate() * step);
    }
  }

  @Override
  public void close() {
    // Nothing to free.
  }
}
