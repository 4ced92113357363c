package org.kindling.model.transformer;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/**
 * The forward pass that HuggingFace's {@code LlamaForCausalLM} and {@code Qwen3ForCausalLM} define,
 * over named arrays in double precision, one position at a time. Shares no code with the model it
 * checks.
 */
final class ReferenceLlama {
  private final ModelSettings settings;
  private final int vocabulary;
  private final ParameterLayout layout;
  private final float[] flat;

  ReferenceLlama(ModelSettings settings, int vocabulary, ParameterLayout layout, float[] flat) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.layout = layout;
    this.flat = flat;
  }

  private double[] tensor(String name) {
    ParameterLayout.Entry entry = layout.entry(name);
    double[] values = new double[(int) entry.elements()];
    Arrays.setAll(values, i -> flat[(int) entry.offset() + i]);
    return values;
  }

  /** [length][vocabulary] */
  double[][] logits(int[] ids) {
    int width = settings.width();
    double[] embedding = tensor("model.embed_tokens.weight");
    double[][] x = new double[ids.length][];
    for (int t = 0; t < ids.length; t++) {
      x[t] = Arrays.copyOfRange(embedding, ids[t] * width, (ids[t] + 1) * width);
    }
    for (int layer = 0; layer < settings.layers(); layer++) {
      String block = "model.layers." + layer + ".";
      add(x, attention(norm(x, block + "input_layernorm"), block + "self_attn."));
      add(x, mlp(norm(x, block + "post_attention_layernorm"), block + "mlp."));
    }
    String head = settings.tied() ? "model.embed_tokens" : "lm_head";
    return linear(norm(x, "model.norm"), head, vocabulary, false);
  }

  private double[][] mlp(double[][] x, String module) {
    int hidden = settings.hidden();
    double[][] gate = linear(x, module + "gate_proj", hidden, settings.mlpBias());
    double[][] up = linear(x, module + "up_proj", hidden, settings.mlpBias());
    DoubleUnaryOperator silu = v -> v / (1 + Math.exp(-v));
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < hidden; i++) {
        up[t][i] *= silu.applyAsDouble(gate[t][i]);
      }
    }
    return linear(up, module + "down_proj", settings.width(), settings.mlpBias());
  }

  private double[][] attention(double[][] x, String module) {
    int size = settings.headDim();
    int heads = settings.heads();
    int keyHeads = settings.kvHeads();
    boolean biased = settings.attentionBias();
    double[][] q = linear(x, module + "q_proj", heads * size, biased);
    double[][] k = linear(x, module + "k_proj", keyHeads * size, biased);
    double[][] v = linear(x, module + "v_proj", keyHeads * size, biased);
    double[][] merged = new double[x.length][heads * size];
    for (int head = 0; head < heads; head++) {
      int keyHead = head / (heads / keyHeads);
      double[][] queries = rotated(head(q, head, module + "q_norm"));
      double[][] keys = rotated(head(k, keyHead, module + "k_norm"));
      for (int t = 0; t < x.length; t++) {
        double[] p = probabilities(queries[t], keys, t);
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < size; i++) {
            merged[t][head * size + i] += p[s] * v[s][keyHead * size + i];
          }
        }
      }
    }
    return linear(merged, module + "o_proj", settings.width(), biased);
  }

  /** One head of all positions, normalised in models that do so. */
  private double[][] head(double[][] all, int head, String norm) {
    int size = settings.headDim();
    double[][] one = new double[all.length][];
    for (int t = 0; t < all.length; t++) {
      one[t] = Arrays.copyOfRange(all[t], head * size, (head + 1) * size);
    }
    return settings.qkNorm() ? norm(one, norm) : one;
  }

  /** x · cos + rotate_half(x) · sin, where rotate_half(a, b) = (−b, a). */
  private double[][] rotated(double[][] x) {
    int size = settings.headDim();
    double[][] y = new double[x.length][size];
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < size; i++) {
        double frequency = 1 / Math.pow(settings.ropeTheta(), 2.0 * (i % (size / 2)) / size);
        double half = i < size / 2 ? -x[t][i + size / 2] : x[t][i - size / 2];
        y[t][i] = x[t][i] * Math.cos(t * frequency) + half * Math.sin(t * frequency);
      }
    }
    return y;
  }

  /** A sliding window masks keys unless key > query − window. */
  private double[] probabilities(double[] query, double[][] keys, int t) {
    double[] p = new double[t + 1];
    for (int s = 0; s <= t; s++) {
      double score = 0;
      for (int i = 0; i < query.length; i++) {
        score += query[i] * keys[s][i] / Math.sqrt(query.length);
      }
      boolean masked = settings.window() > 0 && s <= t - settings.window();
      p[s] = masked ? 0 : Math.exp(score);
    }
    double total = Arrays.stream(p).sum();
    return Arrays.stream(p).map(e -> e / total).toArray();
  }

  private double[][] linear(double[][] x, String module, int outputs, boolean biased) {
    double[] weight = tensor(module + ".weight");
    double[] bias = biased ? tensor(module + ".bias") : new double[outputs];
    double[][] y = new double[x.length][outputs];
    for (int t = 0; t < x.length; t++) {
      for (int o = 0; o < outputs; o++) {
        y[t][o] = bias[o];
        for (int i = 0; i < x[t].length; i++) {
          y[t][o] += x[t][i] * weight[o * x[t].length + i];
        }
      }
    }
    return y;
  }

  private double[][] norm(double[][] x, String module) {
    double[] gain = tensor(module + ".weight");
    double[][] y = new double[x.length][gain.length];
    for (int t = 0; t < x.length; t++) {
      double square = Arrays.stream(x[t]).map(v -> v * v).average().orElseThrow();
      for (int i = 0; i < gain.length; i++) {
        y[t][i] = gain[i] * x[t][i] / Math.sqrt(square + settings.normEpsilon());
      }
    }
    return y;
  }

  private static void add(double[][] x, double[][] y) {
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < x[t].length; i++) {
        x[t][i] += y[t][i];
      }
    }
  }
}
