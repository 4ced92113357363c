package org.kindling.torch;

import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.kindling.model.Architecture;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.Positions;
import org.kindling.model.TokenBatch;

/**
 * A transformer's loss in double precision as a graph of elementary operations, whose gradient
 * libtorch's autograd finds. It shares no formula with the model it checks: neither a backward pass
 * nor a fused operation. With B sequences of T tokens, activations are [B · T, width].
 */
final class AutogradTransformer {
  private static final long LAST = -1;

  private final ModelSettings settings;
  private final ParameterLayout layout;
  private final TokenBatch batch;
  private final boolean gpt2;
  private Tensor flat;

  AutogradTransformer(ModelSettings settings, ParameterLayout layout, TokenBatch batch) {
    this.settings = settings;
    this.layout = layout;
    this.batch = batch;
    gpt2 = Architecture.named(settings.architecture()) == Architecture.GPT2;
  }

  /**
   * @param loss weighted sum in nats
   * @param gradient of scale · loss by the whole flat vector
   */
  record Result(double loss, double[] gradient) {}

  Result lossAndGradient(float[] parameters, double scale) {
    try (PointerScope scope = new PointerScope()) {
      double[] start = new double[parameters.length];
      Arrays.setAll(start, i -> parameters[i]);
      flat = Tensor.create(start, start.length).set_requires_grad(true);
      Tensor loss = loss();
      loss.mul(new Scalar(scale)).backward();
      double[] gradient = new double[start.length];
      new DoublePointer(flat.grad().contiguous().data_ptr()).get(gradient);
      return new Result(loss.item_double(), gradient);
    }
  }

  private Tensor tensor(String name) {
    ParameterLayout.Entry entry = layout.entry(name);
    long[] shape = entry.shape().stream().mapToLong(Integer::longValue).toArray();
    return flat.narrow(0, entry.offset(), entry.elements()).view(shape);
  }

  private Tensor loss() {
    Tensor x = tensor(gpt2 ? "transformer.wte.weight" : "model.embed_tokens.weight");
    x = x.index_select(0, longs(batch.inputs()));
    if (Positions.named(settings.positions()) == Positions.LEARNED) {
      String name = gpt2 ? "transformer.wpe.weight" : "model.embed_positions.weight";
      x = x.add(tensor(name).index_select(0, longs(positions())));
    }
    for (int layer = 0; layer < settings.layers(); layer++) {
      String block = (gpt2 ? "transformer.h." : "model.layers.") + layer + ".";
      Tensor read = norm(x, block + (gpt2 ? "ln_1" : "input_layernorm"));
      x = x.add(attention(read, block + (gpt2 ? "attn." : "self_attn.")));
      read = norm(x, block + (gpt2 ? "ln_2" : "post_attention_layernorm"));
      x = x.add(mlp(read, block + "mlp."));
    }
    return crossEntropy(logits(norm(x, gpt2 ? "transformer.ln_f" : "model.norm")));
  }

  private Tensor logits(Tensor x) {
    String tokens = gpt2 ? "transformer.wte" : "model.embed_tokens";
    Tensor logits = x.matmul(tensor((settings.tied() ? tokens : "lm_head") + ".weight").t());
    double cap = settings.softCap();
    return cap == 0 ? logits : logits.div(new Scalar(cap)).tanh().mul(new Scalar(cap));
  }

  private Tensor crossEntropy(Tensor logits) {
    double[] weights = new double[batch.tokens()];
    Arrays.setAll(weights, i -> -batch.weight(i));
    Tensor chosen = logits.log_softmax(LAST).gather(1, longs(batch.targets()).unsqueeze(1));
    return chosen.mul(Tensor.create(weights, weights.length, 1)).sum();
  }

  private static Tensor longs(int[] values) {
    return Tensor.create(Arrays.stream(values).asLongStream().toArray(), values.length);
  }

  /** Of each token within its document. */
  private int[] positions() {
    int[] positions = new int[batch.tokens()];
    Arrays.setAll(positions, i -> i % batch.length() - start(i));
    return positions;
  }

  private int start(int token) {
    return batch.documentStarts() == null ? 0 : batch.documentStarts()[token];
  }

  /** x · W + b, W being [inputs, outputs] in GPT-2 and its transpose elsewhere. */
  private Tensor linear(Tensor x, String module, boolean biased) {
    Tensor weight = tensor(module + ".weight");
    Tensor y = x.matmul(gpt2 ? weight : weight.t());
    return biased ? y.add(tensor(module + ".bias")) : y;
  }

  private static Tensor mean(Tensor x) {
    return x.mean(new long[] {LAST}, true, new ScalarTypeOptional());
  }

  private Tensor norm(Tensor x, String module) {
    if (settings.norm().equals("rms")) {
      return rms(x, module);
    }
    return rms(x.sub(mean(x)), module).add(tensor(module + ".bias"));
  }

  private Tensor rms(Tensor x, String module) {
    Tensor root = mean(x.square()).add(new Scalar(settings.normEpsilon())).sqrt();
    return x.div(root).mul(tensor(module + ".weight"));
  }

  private Tensor mlp(Tensor x, String module) {
    String down = module + (gpt2 ? "c_proj" : "down_proj");
    Tensor up = linear(x, module + (gpt2 ? "c_fc" : "up_proj"), settings.mlpBias());
    Tensor hidden =
        switch (settings.mlp()) {
          case "gelu" -> gelu(up);
          case "relu2" -> up.relu().square();
          case "swiglu" -> {
            Tensor gate = linear(x, module + "gate_proj", settings.mlpBias());
            yield gate.mul(gate.sigmoid()).mul(up);
          }
          default -> gelu(linear(x, module + "gate_proj", settings.mlpBias())).mul(up);
        };
    return linear(hidden, down, settings.mlpBias());
  }

  private static Tensor gelu(Tensor x) {
    Tensor cubic = x.mul(x).mul(x).mul(new Scalar(0.044715));
    Tensor tanh = x.add(cubic).mul(new Scalar(Math.sqrt(2 / Math.PI))).tanh();
    return x.mul(tanh.add(new Scalar(1.0))).mul(new Scalar(0.5));
  }

  private Tensor attention(Tensor x, String module) {
    int size = settings.headDim();
    int heads = settings.heads();
    int keyHeads = settings.kvHeads();
    boolean biased = settings.attentionBias();
    Tensor[] qkv = new Tensor[3];
    if (gpt2) {
      Tensor all = linear(x, module + "c_attn", biased);
      qkv[0] = all.narrow(1, 0, (long) heads * size);
      qkv[1] = all.narrow(1, (long) heads * size, (long) keyHeads * size);
      qkv[2] = all.narrow(1, (long) (heads + keyHeads) * size, (long) keyHeads * size);
    } else {
      qkv[0] = linear(x, module + "q_proj", biased);
      qkv[1] = linear(x, module + "k_proj", biased);
      qkv[2] = linear(x, module + "v_proj", biased);
    }
    Tensor queries = turned(head(qkv[0], heads, module + "q_norm"));
    Tensor keys = turned(head(qkv[1], keyHeads, module + "k_norm"));
    Tensor out = attend(queries, keys, split(qkv[2], keyHeads));
    Tensor rows = out.transpose(1, 2).reshape(batch.tokens(), (long) heads * size);
    return linear(rows, module + (gpt2 ? "c_proj" : "o_proj"), biased);
  }

  /** [B, heads, T, size] */
  private Tensor split(Tensor x, int heads) {
    return x.reshape(batch.sequences(), batch.length(), heads, settings.headDim()).transpose(1, 2);
  }

  private Tensor head(Tensor x, int heads, String norm) {
    Tensor split = split(x, heads);
    return settings.qkNorm() ? rms(split, norm) : split;
  }

  /** x · cos + rotate_half(x) · sin, where rotate_half(a, b) = (−b, a). */
  private Tensor turned(Tensor x) {
    if (Positions.named(settings.positions()) != Positions.ROTARY) {
      return x;
    }
    int half = settings.headDim() / 2;
    double[] cosines = new double[batch.tokens() * half];
    double[] sines = new double[batch.tokens() * half];
    int[] positions = positions();
    for (int i = 0; i < cosines.length; i++) {
      double frequency = StrictMath.pow(settings.ropeTheta(), -(double) (i % half) / half);
      // The model's tables are float32 in every precision.
      cosines[i] = (float) StrictMath.cos(positions[i / half] * frequency);
      sines[i] = (float) StrictMath.sin(positions[i / half] * frequency);
    }
    long[] shape = {batch.sequences(), 1, batch.length(), half};
    Tensor cosine = Tensor.create(cosines, shape);
    Tensor sine = Tensor.create(sines, shape);
    Tensor a = x.narrow(3, 0, half);
    Tensor b = x.narrow(3, half, half);
    Tensor first = a.mul(cosine).sub(b.mul(sine));
    Tensor second = b.mul(cosine).add(a.mul(sine));
    return torch.cat(new TensorVector(first, second), LAST);
  }

  private Tensor attend(Tensor queries, Tensor keys, Tensor values) {
    double scale = 1 / Math.sqrt(settings.headDim());
    Tensor scores = queries.matmul(shared(keys).transpose(2, 3)).mul(new Scalar(scale));
    Tensor seen = scores.masked_fill(hidden(), new Scalar(Double.NEGATIVE_INFINITY));
    return seen.softmax(LAST).matmul(shared(values));
  }

  /** Each key head as often as query heads read it. */
  private Tensor shared(Tensor x) {
    long group = settings.heads() / settings.kvHeads();
    long[] extents = {
      batch.sequences(), settings.kvHeads(), group, batch.length(), settings.headDim()
    };
    return x.unsqueeze(2)
        .expand(extents)
        .reshape(batch.sequences(), settings.heads(), batch.length(), settings.headDim());
  }

  /** [B, 1, T, T]: keys after the query, of documents before its own, or out of its window. */
  private Tensor hidden() {
    int length = batch.length();
    boolean[] hidden = new boolean[batch.tokens() * length];
    for (int i = 0; i < hidden.length; i++) {
      int token = i / length;
      int query = token % length;
      int key = i % length;
      boolean far = settings.window() > 0 && query - key >= settings.window();
      hidden[i] = key > query || key < start(token) || far;
    }
    return Tensor.create(hidden, batch.sequences(), 1, length, length);
  }
}
