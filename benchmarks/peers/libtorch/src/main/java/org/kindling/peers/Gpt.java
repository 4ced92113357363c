package org.kindling.peers;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * GPT-2's transformer: pre-norm blocks, biases, learned positions, tied unembedding, tanh GELU.
 * With bf16, the linear layers and the unembedding are bfloat16 products of float32 parameters;
 * attention, norms, residual stream and loss are float32.
 */
final class Gpt {
  private static final double DEVIATION = 0.02;
  private static final double NORM_EPSILON = 1e-5;

  /** [outputs, inputs] and [outputs], or gain and bias of a layer norm. */
  private record Layer(Tensor weight, Tensor bias) {}

  private record Block(
      Layer attentionNorm,
      Layer attention,
      Layer attentionProjection,
      Layer mlpNorm,
      Layer expansion,
      Layer contraction) {}

  private final Options options;
  private final List<Tensor> matrices = new ArrayList<>();
  private final List<Tensor> vectors = new ArrayList<>();
  private final Tensor tokens;
  private final Tensor positions;
  private final List<Block> blocks = new ArrayList<>();
  private final Layer finalNorm;

  Gpt(Options options) {
    this.options = options;
    int width = options.width();
    double residual = DEVIATION / Math.sqrt(2.0 * options.layers());
    tokens = matrix(DEVIATION, options.vocabulary(), width);
    positions = matrix(DEVIATION, options.context(), width);
    for (int i = 0; i < options.layers(); i++) {
      blocks.add(
          new Block(
              norm(),
              new Layer(matrix(DEVIATION, 3 * width, width), vector(zeros(3L * width))),
              new Layer(matrix(residual, width, width), vector(zeros(width))),
              norm(),
              new Layer(matrix(DEVIATION, 4 * width, width), vector(zeros(4L * width))),
              new Layer(matrix(residual, width, 4 * width), vector(zeros(width)))));
    }
    finalNorm = norm();
  }

  private Tensor matrix(double deviation, long rows, long columns) {
    Tensor values = randn(rows, columns).mul_(new Scalar(deviation));
    values.set_requires_grad(true);
    matrices.add(values);
    return values;
  }

  private Tensor vector(Tensor values) {
    values.set_requires_grad(true);
    vectors.add(values);
    return values;
  }

  private Layer norm() {
    return new Layer(vector(ones(options.width())), vector(zeros(options.width())));
  }

  TensorVector matrices() {
    return new TensorVector(matrices.toArray(Tensor[]::new));
  }

  TensorVector vectors() {
    return new TensorVector(vectors.toArray(Tensor[]::new));
  }

  TensorVector parameters() {
    List<Tensor> all = new ArrayList<>(matrices);
    all.addAll(vectors);
    return new TensorVector(all.toArray(Tensor[]::new));
  }

  long parameterCount() {
    long matrixElements = matrices.stream().mapToLong(Tensor::numel).sum();
    return matrixElements + vectors.stream().mapToLong(Tensor::numel).sum();
  }

  /**
   * @param ids [batch, context]
   * @param targets [batch · context]
   * @param places [context], 0 and on
   * @return mean cross-entropy, in nats
   */
  Tensor loss(Tensor ids, Tensor targets, Tensor places) {
    Tensor stream = embedding(tokens, ids).add(embedding(positions, places));
    for (Block block : blocks) {
      stream = block(block, stream);
    }
    Tensor last = normalized(finalNorm, stream);
    Tensor logits =
        options.bf16()
            ? linear(narrow(last), narrow(tokens)).to(ScalarType.Float)
            : linear(last, tokens);
    return cross_entropy_loss(logits.view(-1, options.vocabulary()), targets);
  }

  private Tensor block(Block block, Tensor stream) {
    Tensor attended = attention(block, normalized(block.attentionNorm(), stream));
    Tensor middle = stream.add(product(block.attentionProjection(), attended));
    Tensor hidden = product(block.expansion(), normalized(block.mlpNorm(), middle));
    return middle.add(product(block.contraction(), gelu(hidden, "tanh")));
  }

  private Tensor attention(Block block, Tensor normalized) {
    int width = options.width();
    TensorVector parts = product(block.attention(), normalized).split(width, 2);
    Tensor attended =
        scaled_dot_product_attention(
            byHead(parts.get(0)),
            byHead(parts.get(1)),
            byHead(parts.get(2)),
            new TensorOptional(),
            0.0,
            true,
            new DoubleOptional((DoublePointer) null),
            false);
    return attended.transpose(1, 2).reshape(options.batch(), options.context(), width);
  }

  /** [batch, context, width] to float32 [batch, heads, context, width / heads]. */
  private Tensor byHead(Tensor part) {
    long headWidth = options.width() / options.heads();
    return part.view(options.batch(), options.context(), options.heads(), headWidth)
        .transpose(1, 2)
        .to(ScalarType.Float);
  }

  private Tensor product(Layer layer, Tensor input) {
    if (options.bf16()) {
      TensorOptional bias = new TensorOptional(narrow(layer.bias()));
      return linear(narrow(input), narrow(layer.weight()), bias);
    }
    return linear(input, layer.weight(), new TensorOptional(layer.bias()));
  }

  private static Tensor narrow(Tensor values) {
    return values.to(ScalarType.BFloat16);
  }

  private Tensor normalized(Layer layer, Tensor input) {
    return layer_norm(
        input,
        new long[] {options.width()},
        new TensorOptional(layer.weight()),
        new TensorOptional(layer.bias()),
        NORM_EPSILON,
        true);
  }
}
