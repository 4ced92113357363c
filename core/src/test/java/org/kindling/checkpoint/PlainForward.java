package org.kindling.checkpoint;

import java.util.Map;
import org.kindling.checkpoint.HuggingFaceConfig.Attention;
import org.kindling.checkpoint.HuggingFaceConfig.MlpKind;
import org.kindling.checkpoint.HuggingFaceConfig.ModelType;
import org.kindling.checkpoint.HuggingFaceConfig.NormKind;

/**
 * What a {@link HuggingFaceConfig} says is computed, in loops of double precision, one position at
 * a time. Slow, and as close to the words of its record as can be.
 */
final class PlainForward {
  private final HuggingFaceConfig config;
  private final Map<String, float[]> tensors;
  private final boolean gpt2;

  PlainForward(HuggingFaceConfig config, Map<String, float[]> tensors) {
    this.config = config;
    this.tensors = tensors;
    this.gpt2 = config.modelType() == ModelType.GPT2;
  }

  /** Logits [tokens][vocabulary]. */
  double[][] logits(int[] tokens) {
    int width = config.width();
    float[] embedding = tensors.get(gpt2 ? "transformer.wte.weight" : "model.embed_tokens.weight");
    double[][] x = new double[tokens.length][width];
    for (int t = 0; t < tokens.length; t++) {
      for (int i = 0; i < width; i++) {
        x[t][i] = embedding[tokens[t] * width + i];
        x[t][i] += gpt2 ? tensors.get("transformer.wpe.weight")[t * width + i] : 0;
      }
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = (gpt2 ? "transformer.h." : "model.layers.") + layer + ".";
      add(x, attention(block, norm(block + (gpt2 ? "ln_1" : "input_layernorm"), x)));
      add(x, mlp(block, norm(block + (gpt2 ? "ln_2" : "post_attention_layernorm"), x)));
    }
    double[][] last = norm(gpt2 ? "transformer.ln_f" : "model.norm", x);
    float[] head = config.tied() ? embedding : tensors.get("lm_head.weight");
    double[][] logits = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      logits[t] = product(last[t], head, null, config.vocabulary());
    }
    return logits;
  }

  private static void add(double[][] x, double[][] branch) {
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < x[t].length; i++) {
        x[t][i] += branch[t][i];
      }
    }
  }

  private double[][] norm(String name, double[][] x) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      y[t] = norm(x[t], tensors.get(name + ".weight"), tensors.get(name + ".bias"));
    }
    return y;
  }

  private double[] norm(double[] x, float[] weight, float[] bias) {
    double mean = 0;
    double square = 0;
    for (double v : x) {
      mean += config.norm().kind() == NormKind.LAYER ? v / x.length : 0;
    }
    for (double v : x) {
      square += (v - mean) * (v - mean) / x.length;
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (x[i] - mean) / Math.sqrt(square + config.norm().epsilon()) * weight[i];
      y[i] += bias == null ? 0 : bias[i];
    }
    return y;
  }

  /** GPT-2's matrices are [inputs, outputs], the others' [outputs, inputs]. */
  private double[] linear(String name, double[] x) {
    float[] weight = tensors.get(name + ".weight");
    float[] bias = tensors.get(name + ".bias");
    int outputs = weight.length / x.length;
    if (!gpt2) {
      return product(x, weight, bias, outputs);
    }
    double[] y = new double[outputs];
    for (int o = 0; o < outputs; o++) {
      y[o] = bias[o];
      for (int i = 0; i < x.length; i++) {
        y[o] += x[i] * weight[i * outputs + o];
      }
    }
    return y;
  }

  private static double[] product(double[] x, float[] weight, float[] bias, int outputs) {
    double[] y = new double[outputs];
    for (int o = 0; o < outputs; o++) {
      y[o] = bias == null ? 0 : bias[o];
      for (int i = 0; i < x.length; i++) {
        y[o] += x[i] * weight[o * x.length + i];
      }
    }
    return y;
  }

  private double[][] attention(String block, double[][] x) {
    Attention a = config.attention();
    double[][][] q = new double[x.length][][];
    double[][][] k = new double[x.length][][];
    double[][][] v = new double[x.length][][];
    for (int t = 0; t < x.length; t++) {
      if (gpt2) {
        double[] all = linear(block + "attn.c_attn", x[t]);
        q[t] = heads(all, 0, a.heads());
        k[t] = heads(all, config.width(), a.heads());
        v[t] = heads(all, 2 * config.width(), a.heads());
      } else {
        q[t] = heads(linear(block + "self_attn.q_proj", x[t]), 0, a.heads());
        k[t] = heads(linear(block + "self_attn.k_proj", x[t]), 0, a.kvHeads());
        v[t] = heads(linear(block + "self_attn.v_proj", x[t]), 0, a.kvHeads());
        turn(q[t], block + "self_attn.q_norm.weight", t);
        turn(k[t], block + "self_attn.k_norm.weight", t);
      }
    }
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] mixed = new double[a.heads() * a.headDim()];
      for (int h = 0; h < a.heads(); h++) {
        mix(q[t][h], k, v, h * a.kvHeads() / a.heads(), t, mixed, h * a.headDim());
      }
      y[t] = linear(block + (gpt2 ? "attn.c_proj" : "self_attn.o_proj"), mixed);
    }
    return y;
  }

  private double[][] heads(double[] all, int from, int heads) {
    int length = config.attention().headDim();
    double[][] cut = new double[heads][length];
    for (int h = 0; h < heads; h++) {
      System.arraycopy(all, from + h * length, cut[h], 0, length);
    }
    return cut;
  }

  /** QK-norm, then rotary positions: number i turns with number i + headDim / 2. */
  private void turn(double[][] heads, String normName, int position) {
    for (int h = 0; h < heads.length; h++) {
      double[] x = heads[h];
      if (config.attention().qkNorm()) {
        x = norm(x, tensors.get(normName), null);
      }
      int half = x.length / 2;
      for (int i = 0; i < half; i++) {
        double angle = position * Math.pow(config.attention().rotaryTheta(), -2.0 * i / x.length);
        double a = x[i];
        double b = x[half + i];
        x[i] = a * Math.cos(angle) - b * Math.sin(angle);
        x[half + i] = b * Math.cos(angle) + a * Math.sin(angle);
      }
      heads[h] = x;
    }
  }

  private void mix(
      double[] query, double[][][] k, double[][][] v, int kv, int t, double[] out, int at) {
    int window = config.attention().slidingWindow();
    int first = window == 0 ? 0 : Math.max(0, t - window + 1);
    double[] weights = new double[t + 1];
    double sum = 0;
    for (int s = first; s <= t; s++) {
      double score = 0;
      for (int i = 0; i < query.length; i++) {
        score += query[i] * k[s][kv][i];
      }
      weights[s] = Math.exp(score / Math.sqrt(query.length));
      sum += weights[s];
    }
    for (int s = first; s <= t; s++) {
      for (int i = 0; i < query.length; i++) {
        out[at + i] += weights[s] / sum * v[s][kv][i];
      }
    }
  }

  private double[][] mlp(String block, double[][] x) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] up = linear(block + (gpt2 ? "mlp.c_fc" : "mlp.up_proj"), x[t]);
      double[] gate = gpt2 ? up : linear(block + "mlp.gate_proj", x[t]);
      double[] hidden = new double[up.length];
      for (int i = 0; i < up.length; i++) {
        hidden[i] = activation(gate[i]) * (gpt2 ? 1 : up[i]);
      }
      y[t] = linear(block + (gpt2 ? "mlp.c_proj" : "mlp.down_proj"), hidden);
    }
    return y;
  }

  private double activation(double x) {
    MlpKind kind = config.mlp().kind();
    return switch (kind) {
      case SWIGLU -> x / (1 + Math.exp(-x));
      case RELU2 -> x > 0 ? x * x : 0;
      case GELU, GEGLU ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    };
  }
}
