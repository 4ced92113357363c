package org.kindling.peers;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.layer_norm;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** GPT-2's transformer: pre-norm blocks, biases, learned positions, tied lm_head, tanh GELU. */
final class Gpt extends Transformer {
  /** [outputs, inputs] and [outputs], or gain and bias of a layer norm. */
  private record Layer(Tensor weight, Tensor bias) {}

  private record Block(
      Layer attentionNorm,
      Layer attention,
      Layer attentionProjection,
      Layer mlpNorm,
      Layer upProjection,
      Layer downProjection) {}

  private final Tensor tokens;
  private final Tensor positions;
  private final List<Block> blocks = new ArrayList<>();
  private final Layer finalNorm;
  private final Tensor places;

  Gpt(Options options) {
    super(options);
    int width = options.width();
    int hidden = options.hidden();
    tokens = matrix(options.vocabulary(), width);
    positions = matrix(options.context(), width);
    for (int i = 0; i < options.layers(); i++) {
      blocks.add(
          new Block(
              norm(),
              new Layer(matrix(3L * width, width), bias(3L * width)),
              new Layer(residualMatrix(width, width), bias(width)),
              norm(),
              new Layer(matrix(hidden, width), bias(hidden)),
              new Layer(residualMatrix(width, hidden), bias(width))));
    }
    finalNorm = norm();
    places = arange(new Scalar(options.context()), new TensorOptions(ScalarType.Long));
  }

  private Layer norm() {
    return new Layer(gain(), bias(options.width()));
  }

  @Override
  Tensor logits(Tensor ids) {
    Tensor stream = embedding(tokens, ids).add(embedding(positions, places));
    for (Block block : blocks) {
      stream = block(block, stream);
    }
    return product(normalized(finalNorm, stream), tokens);
  }

  private Tensor block(Block block, Tensor stream) {
    Tensor attended = attention(block, normalized(block.attentionNorm(), stream));
    Tensor middle = stream.add(product(block.attentionProjection(), attended));
    Tensor hidden = product(block.upProjection(), normalized(block.mlpNorm(), middle));
    return middle.add(product(block.downProjection(), gelu(hidden, "tanh")));
  }

  private Tensor attention(Block block, Tensor normalized) {
    TensorVector parts = product(block.attention(), normalized).split(options.width(), 2);
    return attended(byHead(parts.get(0)), byHead(parts.get(1)), byHead(parts.get(2)));
  }

  /** [batch, context, width] to float32 [batch, heads, context, head size]. */
  private Tensor byHead(Tensor part) {
    return part.view(options.batch(), options.context(), options.heads(), options.headSize())
        .transpose(1, 2)
        .to(ScalarType.Float);
  }

  private Tensor product(Layer layer, Tensor input) {
    return product(input, layer.weight(), layer.bias());
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
