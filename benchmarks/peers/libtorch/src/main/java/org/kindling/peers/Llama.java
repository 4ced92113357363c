package org.kindling.peers;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.outer;
import static org.bytedeco.pytorch.global.torch.rms_norm;
import static org.bytedeco.pytorch.global.torch.silu;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Llama's transformer: RMS norms, rotary positions, grouped-query attention, SwiGLU, no biases,
 * untied lm_head. Query, key and value are one product; gate and up projection are one.
 */
final class Llama extends Transformer {
  private static final double ROTARY_BASE = 10000;

  private record Block(
      Tensor inputNorm,
      Tensor qkvProjection,
      Tensor outputProjection,
      Tensor mlpNorm,
      Tensor gateUpProjection,
      Tensor downProjection) {}

  private final Tensor tokens;
  private final List<Block> blocks = new ArrayList<>();
  private final Tensor finalNorm;
  private final Tensor lmHead;

  /** [context, 1, head size]; the sine's first half is negative. */
  private final Tensor cosine;

  private final Tensor sine;

  Llama(Options options) {
    super(options);
    int width = options.width();
    long heads = options.heads() + 2L * options.kvHeads();
    tokens = matrix(options.vocabulary(), width);
    for (int i = 0; i < options.layers(); i++) {
      blocks.add(
          new Block(
              gain(),
              matrix(heads * options.headSize(), width),
              residualMatrix(width, width),
              gain(),
              matrix(2L * options.hidden(), width),
              residualMatrix(width, options.hidden())));
    }
    finalNorm = gain();
    lmHead = matrix(options.vocabulary(), width);
    Tensor angles = angles();
    cosine = byPosition(angles.cos(), angles.cos());
    sine = byPosition(angles.sin().neg(), angles.sin());
  }

  /** [context, head size / 2]: position times base^(-2 i / head size). */
  private Tensor angles() {
    TensorOptions floats = new TensorOptions(ScalarType.Float);
    Scalar size = new Scalar((double) options.headSize());
    Tensor exponents =
        arange(new Scalar(0.0), size, new Scalar(2.0), floats)
            .mul(new Scalar(-Math.log(ROTARY_BASE) / options.headSize()));
    return outer(arange(new Scalar((double) options.context()), floats), exponents.exp());
  }

  private Tensor byPosition(Tensor firstHalf, Tensor secondHalf) {
    return cat(new TensorVector(firstHalf, secondHalf), 1)
        .view(options.context(), 1, options.headSize());
  }

  @Override
  Tensor logits(Tensor ids) {
    Tensor stream = embedding(tokens, ids);
    for (Block block : blocks) {
      stream = block(block, stream);
    }
    return product(normalized(finalNorm, stream), lmHead);
  }

  private Tensor block(Block block, Tensor stream) {
    Tensor attended = attention(block, normalized(block.inputNorm(), stream));
    Tensor middle = stream.add(product(attended, block.outputProjection()));
    Tensor gateUp = product(normalized(block.mlpNorm(), middle), block.gateUpProjection());
    TensorVector parts = gateUp.chunk(2, -1);
    Tensor hidden = silu(parts.get(0)).mul(parts.get(1));
    return middle.add(product(hidden, block.downProjection()));
  }

  private Tensor attention(Block block, Tensor normalized) {
    long heads = options.heads();
    long kvHeads = options.kvHeads();
    Tensor all =
        product(normalized, block.qkvProjection())
            .view(options.batch(), options.context(), -1, options.headSize())
            .to(ScalarType.Float);
    TensorVector parts = all.split(new long[] {heads + kvHeads, kvHeads}, 2);
    TensorVector rotated = rotated(parts.get(0)).split(new long[] {heads, kvHeads}, 2);
    return attended(
        rotated.get(0).transpose(1, 2), repeated(rotated.get(1)), repeated(parts.get(1)));
  }

  /**
   * A key or value for every query head: attention with enable_gqa takes a quarter longer on a CPU.
   *
   * @param input [batch, context, kvHeads, head size]
   * @return [batch, heads, context, head size]
   */
  private Tensor repeated(Tensor input) {
    long batch = options.batch();
    long context = options.context();
    long size = options.headSize();
    long kvHeads = options.kvHeads();
    long queriesPerKey = options.heads() / kvHeads;
    return input
        .unsqueeze(3)
        .expand(batch, context, kvHeads, queriesPerKey, size)
        .reshape(batch, context, options.heads(), size)
        .transpose(1, 2);
  }

  /** Element i of a head with element i + half, [batch, context, heads, head size]. */
  private Tensor rotated(Tensor input) {
    Tensor swapped = input.unflatten(-1, 2, options.headSize() / 2).flip(-2).flatten(-2, -1);
    return input.mul(cosine).addcmul(swapped, sine);
  }

  private Tensor normalized(Tensor gain, Tensor input) {
    return rms_norm(
        input,
        new long[] {options.width()},
        new TensorOptional(gain),
        new DoubleOptional(NORM_EPSILON));
  }
}
