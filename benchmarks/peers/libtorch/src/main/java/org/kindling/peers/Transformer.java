package org.kindling.peers;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
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
 * What both models are made of: their parameters, and products in either precision. With bf16,
 * linear layers and lm_head are bfloat16 products of float32 parameters; attention, norms, residual
 * stream and loss are float32.
 */
abstract class Transformer {
  static final double NORM_EPSILON = 1e-5;
  private static final double STANDARD_DEVIATION = 0.02;

  final Options options;
  private final List<Tensor> matrices = new ArrayList<>();
  private final List<Tensor> vectors = new ArrayList<>();

  Transformer(Options options) {
    this.options = options;
  }

  static Transformer of(Options options) {
    return switch (options.architecture()) {
      case GPT2 -> new Gpt(options);
      case LLAMA -> new Llama(options);
    };
  }

  /**
   * @param ids [batch, context]
   * @return [batch, context, vocabulary], bfloat16 with bf16
   */
  abstract Tensor logits(Tensor ids);

  /**
   * @param ids [batch, context]
   * @param targets [batch · context]
   * @return mean cross-entropy, in nats
   */
  final Tensor loss(Tensor ids, Tensor targets) {
    Tensor logits = logits(ids).to(ScalarType.Float);
    return cross_entropy_loss(logits.view(-1, options.vocabulary()), targets);
  }

  final TensorVector matrices() {
    return new TensorVector(matrices.toArray(Tensor[]::new));
  }

  final TensorVector vectors() {
    return new TensorVector(vectors.toArray(Tensor[]::new));
  }

  final TensorVector parameters() {
    List<Tensor> all = new ArrayList<>(matrices);
    all.addAll(vectors);
    return new TensorVector(all.toArray(Tensor[]::new));
  }

  final long parameterCount() {
    long matrixElements = matrices.stream().mapToLong(Tensor::numel).sum();
    return matrixElements + vectors.stream().mapToLong(Tensor::numel).sum();
  }

  /** A new parameter, [rows, columns]. Drawn in the order in which pytorch_step.py draws them. */
  final Tensor matrix(long rows, long columns) {
    return matrix(STANDARD_DEVIATION, rows, columns);
  }

  /** One that ends a residual branch, so with smaller init. */
  final Tensor residualMatrix(long rows, long columns) {
    return matrix(STANDARD_DEVIATION / Math.sqrt(2.0 * options.layers()), rows, columns);
  }

  private Tensor matrix(double standardDeviation, long rows, long columns) {
    Tensor values = randn(rows, columns).mul_(new Scalar(standardDeviation));
    values.set_requires_grad(true);
    matrices.add(values);
    return values;
  }

  final Tensor bias(long size) {
    return vector(zeros(size));
  }

  final Tensor gain() {
    return vector(ones(options.width()));
  }

  private Tensor vector(Tensor values) {
    values.set_requires_grad(true);
    vectors.add(values);
    return values;
  }

  final Tensor product(Tensor input, Tensor weight) {
    return options.bf16() ? linear(narrow(input), narrow(weight)) : linear(input, weight);
  }

  final Tensor product(Tensor input, Tensor weight, Tensor bias) {
    if (options.bf16()) {
      return linear(narrow(input), narrow(weight), new TensorOptional(narrow(bias)));
    }
    return linear(input, weight, new TensorOptional(bias));
  }

  private static Tensor narrow(Tensor values) {
    return values.to(ScalarType.BFloat16);
  }

  /**
   * Causal attention.
   *
   * @param query key and value too: [batch, heads, context, head size]
   * @return [batch, context, width]
   */
  final Tensor attended(Tensor query, Tensor key, Tensor value) {
    TensorOptional noMask = new TensorOptional();
    DoubleOptional usualScale = new DoubleOptional((DoublePointer) null);
    return scaled_dot_product_attention(query, key, value, noMask, 0.0, true, usualScale, false)
        .transpose(1, 2)
        .reshape(options.batch(), options.context(), options.width());
  }
}
