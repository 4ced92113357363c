package org.kindling.model.transformer;

import org.kindling.kernels.Arena;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Norm;
import org.kindling.kernels.Rotation;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/**
 * One block, with its norms before its layers: x + attention(norm(x)), then that plus
 * mlp(norm(that)). The last sum is left to whoever normalises it next.
 */
final class Block {
  /** Of the init of all matrices but those that write to the residual stream. */
  static final double STANDARD_DEVIATION = 0.02;

  final Norm attentionNorm;
  private final AttentionLayer attention;
  private final Norm mlpNorm;
  private final MlpLayer mlp;

  Block(
      ModelSettings settings, Names names, int layer, ParameterVectors vectors, Rotation rotation) {
    attentionNorm = NormLayer.bind(vectors, settings, names.inBlock(layer, names.attentionNorm()));
    attention = new AttentionLayer(settings, names, layer, vectors, rotation);
    mlpNorm = NormLayer.bind(vectors, settings, names.inBlock(layer, names.mlpNorm()));
    mlp = new MlpLayer(settings, names, layer, vectors);
  }

  static void declare(
      ParameterLayout.Builder builder, ModelSettings settings, Names names, int layer) {
    Norm.Kind kind = settings.normKind();
    int width = settings.width();
    NormLayer.declare(builder, names.inBlock(layer, names.attentionNorm()), kind, width);
    AttentionLayer.declare(builder, settings, names, layer);
    NormLayer.declare(builder, names.inBlock(layer, names.mlpNorm()), kind, width);
    MlpLayer.declare(builder, settings, names, layer);
  }

  /** GPT-2's init: what writes to the residual stream is smaller by √(2 · layers). */
  static double residualStandardDeviation(ModelSettings settings) {
    return STANDARD_DEVIATION / Math.sqrt(2.0 * settings.layers());
  }

  /**
   * What a forward pass computes and the backward pass reads again.
   *
   * @param attentionNorm its input is the residual stream as it enters the block
   * @param mlpNorm its input is the residual stream between attention and MLP
   */
  record Kept(
      Norm.Activations attentionNorm,
      AttentionLayer.Kept attention,
      Norm.Activations mlpNorm,
      MlpLayer.Kept mlp) {
    /** The same tensors but for the residual stream that enters the block. */
    Kept withInput(Tensor input) {
      Norm.Activations norm =
          new Norm.Activations(input, attentionNorm.output(), attentionNorm.statistics());
      return new Kept(norm, attention, mlpNorm, mlp);
    }

    /** The same tensors but for what attention keeps. */
    Kept withSaved(Tensor saved) {
      return new Kept(attentionNorm, attention.withSaved(saved), mlpNorm, mlp);
    }
  }

  /**
   * @param saved elements of what attention keeps
   */
  Kept keep(Arena arena, long rows, long saved) {
    int width = attentionNorm.width();
    return new Kept(
        NormLayer.activations(arena, rows, width),
        attention.keep(arena, rows, saved),
        NormLayer.activations(arena, rows, width),
        mlp.keep(arena, rows));
  }

  /**
   * Gradients that one block after the other uses.
   *
   * @param norm [rows, width]
   * @param hidden [rows, hidden] of the MLP
   */
  record Gradients(Tensor norm, AttentionLayer.Gradients attention, Tensor hidden) {}

  Gradients gradients(Arena arena, long rows) {
    return new Gradients(
        arena.take(Arena.Role.SHARED, rows * attentionNorm.width()),
        attention.gradients(arena, rows),
        mlp.gradient(arena, rows));
  }

  /** Elements of the weights that multiply activations. */
  long multiplied() {
    return attention.multiplied() + mlp.multiplied();
  }

  /**
   * From {@code kept.attentionNorm()}, which is filled in, to the MLP's output.
   *
   * @param branch [rows, width], the MLP's output, still to be added to {@code
   *     kept.mlpNorm().input()}
   */
  void forward(Pass pass, Kept kept, Tensor branch) {
    attend(pass, kept, branch);
    mlp.forward(pass, kept.mlpNorm().output(), kept.mlp(), branch);
  }

  /** All of {@link #forward} that the backward pass reads, the first norm included. */
  void recompute(Pass pass, Kept kept, Tensor branch) {
    pass.kernels().normalize(attentionNorm, pass.rows(), kept.attentionNorm());
    attend(pass, kept, branch);
    mlp.forwardToHidden(pass, kept.mlpNorm().output(), kept.mlp());
  }

  private void attend(Pass pass, Kept kept, Tensor branch) {
    Kernels kernels = pass.kernels();
    Norm.Activations before = kept.attentionNorm();
    attention.forward(kernels, pass.sequences(), before.output(), kept.attention(), branch);
    kernels.addAndNormalize(mlpNorm, pass.rows(), before.input(), branch, kept.mlpNorm());
  }

  /** As {@link #forward}, with the keys and values of earlier positions in a cache. */
  void decode(Pass pass, Kept kept, KeyValueCache cache, Tensor branch) {
    Kernels kernels = pass.kernels();
    Sequences sequences = pass.sequences();
    Norm.Activations before = kept.attentionNorm();
    attention.decode(kernels, sequences, before.output(), kept.attention(), cache, branch);
    kernels.addAndNormalize(mlpNorm, pass.rows(), before.input(), branch, kept.mlpNorm());
    mlp.forward(pass, kept.mlpNorm().output(), kept.mlp(), branch);
  }

  /**
   * @param dStream [rows, width], gradient of the residual stream: after the block on entry, before
   *     it on return
   */
  void backward(Pass pass, Kept kept, Gradients d, Tensor dStream) {
    Kernels kernels = pass.kernels();
    int rows = pass.rows();
    mlp.backward(pass, kept.mlpNorm().output(), kept.mlp(), dStream, d.hidden(), d.norm());
    kernels.normalizeBackward(mlpNorm, rows, kept.mlpNorm(), d.norm(), dStream);
    Norm.Activations before = kept.attentionNorm();
    attention.backward(pass, before.output(), kept.attention(), dStream, d.attention(), d.norm());
    kernels.normalizeBackward(attentionNorm, rows, before, d.norm(), dStream);
  }
}
