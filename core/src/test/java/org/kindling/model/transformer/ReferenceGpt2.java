package org.kindling.model.transformer;

import java.util.Arrays;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/**
 * GPT-2's forward pass as HuggingFace's {@code GPT2LMHeadModel} defines it, over named arrays in
 * double precision, one position at a time. Shares no code with the model it checks.
 */
final class ReferenceGpt2 {
  private final ModelSettings settings;
  private final int vocabulary;
  private final ParameterLayout layout;
  private final float[] flat;

  ReferenceGpt2(ModelSettings settings, int vocabulary, ParameterLayout layout, float[] flat) {
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
    double[][] x = new double[ids.length][width];
    double[] wte = tensor("transformer.wte.weight");
    double[] wpe = tensor("transformer.wpe.weight");
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < width; i++) {
        x[t][i] = wte[ids[t] * width + i] + wpe[t * width + i];
      }
    }
    for (int layer = 0; layer < settings.layers(); layer++) {
      String block = "transformer.h." + layer + ".";
      x = plus(x, attention(norm(x, block + "ln_1"), block + "attn."));
      double[][] hidden = conv1d(norm(x, block + "ln_2"), block + "mlp.c_fc", 4 * width);
      x = plus(x, conv1d(geluNew(hidden), block + "mlp.c_proj", width));
    }
    return lmHead(norm(x, "transformer.ln_f"));
  }

  private double[][] lmHead(double[][] x) {
    double[] weight = tensor(settings.tied() ? "transformer.wte.weight" : "lm_head.weight");
    double[][] logits = new double[x.length][vocabulary];
    for (int t = 0; t < x.length; t++) {
      for (int v = 0; v < vocabulary; v++) {
        for (int i = 0; i < settings.width(); i++) {
          logits[t][v] += x[t][i] * weight[v * settings.width() + i];
        }
      }
    }
    return logits;
  }

  private double[][] attention(double[][] x, String module) {
    int width = settings.width();
    int headWidth = width / settings.heads();
    double[][] qkv = conv1d(x, module + "c_attn", 3 * width);
    double[][] merged = new double[x.length][width];
    for (int head = 0; head < settings.heads(); head++) {
      int at = head * headWidth;
      for (int t = 0; t < x.length; t++) {
        double[] scores = new double[t + 1];
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < headWidth; i++) {
            scores[s] += qkv[t][at + i] * qkv[s][width + at + i] / Math.sqrt(headWidth);
          }
        }
        double total = Arrays.stream(scores).map(Math::exp).sum();
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < headWidth; i++) {
            merged[t][at + i] += Math.exp(scores[s]) / total * qkv[s][2 * width + at + i];
          }
        }
      }
    }
    return conv1d(merged, module + "c_proj", width);
  }

  private double[][] conv1d(double[][] x, String module, int outputs) {
    double[] weight = tensor(module + ".weight");
    double[] bias = tensor(module + ".bias");
    double[][] y = new double[x.length][outputs];
    for (int t = 0; t < x.length; t++) {
      for (int o = 0; o < outputs; o++) {
        y[t][o] = bias[o];
        for (int i = 0; i < x[t].length; i++) {
          y[t][o] += x[t][i] * weight[i * outputs + o];
        }
      }
    }
    return y;
  }

  private double[][] norm(double[][] x, String module) {
    double[] gain = tensor(module + ".weight");
    double[] bias = tensor(module + ".bias");
    double[][] y = new double[x.length][gain.length];
    for (int t = 0; t < x.length; t++) {
      double mean = Arrays.stream(x[t]).average().orElseThrow();
      double variance =
          Arrays.stream(x[t]).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      for (int i = 0; i < gain.length; i++) {
        y[t][i] = (x[t][i] - mean) / Math.sqrt(variance + 1e-5) * gain[i] + bias[i];
      }
    }
    return y;
  }

  private static double[][] geluNew(double[][] x) {
    return Arrays.stream(x)
        .map(
            row ->
                Arrays.stream(row)
                    .map(
                        v -> {
                          double inner = Math.sqrt(2 / Math.PI) * (v + 0.044715 * Math.pow(v, 3));
                          return 0.5 * v * (1 + Math.tanh(inner));
                        })
                    .toArray())
        .toArray(double[][]::new);
  }

  private static double[][] plus(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][a[0].length];
    for (int t = 0; t < a.length; t++) {
      for (int i = 0; i < a[t].length; i++) {
        sum[t][i] = a[t][i] + b[t][i];
      }
    }
    return sum;
  }
}
