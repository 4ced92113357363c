package org.kindling.model.transformer;

import java.util.ArrayList;
import java.util.List;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Norm;
import org.kindling.kernels.Rotation;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.Activations;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.Positions;

/** All blocks and the final norm, forward and backward, with the activations of one batch. */
final class Body {
  private final Kernels kernels;
  private final Activations mode;
  private final List<Block> blocks = new ArrayList<>();
  private final Norm finalNorm;
  private final List<Block.Kept> kept = new ArrayList<>();
  private final List<Block.Kept> evaluated;
  private final Norm.Activations last;

  /** Null if the model learns nothing. */
  private final Block.Gradients gradients;

  /** [rows, width], what a block adds to the residual stream. */
  private final Tensor branch;

  /**
   * @param largest batch
   * @param arena gives all tensors
   */
  Body(
      ModelSettings settings,
      ParameterVectors vectors,
      Sequences largest,
      Activations mode,
      Kernels kernels,
      Arena arena) {
    this.kernels = kernels;
    this.mode = mode;
    Names names = Names.of(settings);
    Rotation rotation = rotation(settings, arena);
    for (int layer = 0; layer < settings.layers(); layer++) {
      blocks.add(new Block(settings, names, layer, vectors, rotation));
    }
    finalNorm = NormLayer.bind(vectors, settings, names.finalNorm());
    long rows = largest.rows();
    long saved = kernels.attentionMemory(largest, settings.attentionHeads());
    for (Block block : blocks) {
      kept.add(keep(block, arena, rows, saved));
      arena.multiplies(block.multiplied(), 0, 0);
    }
    evaluated = evaluated(settings, largest, arena);
    last = NormLayer.activations(arena, rows, settings.width());
    gradients = mode == Activations.DISCARDED ? null : blocks.get(0).gradients(arena, rows);
    branch = arena.take(Arena.Role.SHARED, rows * settings.width());
  }

  private static Rotation rotation(ModelSettings settings, Arena arena) {
    if (Positions.named(settings.positions()) != Positions.ROTARY) {
      return null;
    }
    int half = settings.headDim() / 2;
    long elements = (long) settings.context() * half;
    Rotation rotation =
        new Rotation(
            half, arena.take(Arena.Role.TABLE, elements), arena.take(Arena.Role.TABLE, elements));
    if (!arena.isCounting()) {
      rotation.fill(settings.context(), settings.ropeTheta());
    }
    return rotation;
  }

  /** The first block has tensors of its own; the others share them but for what the mode keeps. */
  private Block.Kept keep(Block block, Arena arena, long rows, long saved) {
    if (kept.isEmpty() || mode == Activations.KEPT) {
      return block.keep(arena, rows, saved);
    }
    Block.Kept first = kept.get(0);
    return mode == Activations.DISCARDED
        ? first
        : first.withInput(arena.take(Arena.Role.RESIDUAL, rows * block.attentionNorm.width()));
  }

  /**
   * What evaluation keeps: the same, but for attention where float32 kernels are others. They want
   * more memory than those in a lower precision, and nobody reads it again: blocks share it.
   */
  private List<Block.Kept> evaluated(ModelSettings settings, Sequences largest, Arena arena) {
    Kernels exact = kernels.fp32();
    if (exact == kernels) {
      return kept;
    }
    long elements = exact.attentionMemory(largest, settings.attentionHeads());
    Tensor saved = arena.take(Arena.Role.ATTENTION, elements);
    return kept.stream().map(own -> own.withSaved(saved)).toList();
  }

  static void declare(ParameterLayout.Builder builder, ModelSettings settings) {
    Names names = Names.of(settings);
    for (int layer = 0; layer < settings.layers(); layer++) {
      Block.declare(builder, settings, names, layer);
    }
    NormLayer.declare(builder, names.finalNorm(), settings.normKind(), settings.width());
  }

  List<Block> blocks() {
    return blocks;
  }

  Norm finalNorm() {
    return finalNorm;
  }

  /** [rows, width], the residual stream before the first block; to be filled before a pass. */
  Tensor input() {
    return kept.get(0).attentionNorm().input();
  }

  /** [rows, width], what the final norm gives. */
  Tensor output() {
    return last.output();
  }

  /** From {@link #input} to {@link #output}, keeping what {@link #backward} reads. */
  void forward(Sequences sequences) {
    forward(new Pass(kernels, sequences), kept);
  }

  /** The same in float32 whatever the kernels' precision, without a backward pass to come. */
  void evaluate(Sequences sequences) {
    forward(new Pass(kernels.fp32(), sequences), evaluated);
  }

  private void forward(Pass pass, List<Block.Kept> all) {
    int rows = pass.rows();
    pass.kernels().normalize(blocks.get(0).attentionNorm, rows, all.get(0).attentionNorm());
    for (int layer = 0; layer < blocks.size(); layer++) {
      Block.Kept own = all.get(layer);
      blocks.get(layer).forward(pass, own, branch);
      boolean isLast = layer + 1 == blocks.size();
      Norm next = isLast ? finalNorm : blocks.get(layer + 1).attentionNorm;
      Norm.Activations after = isLast ? last : all.get(layer + 1).attentionNorm();
      pass.kernels().addAndNormalize(next, rows, own.mlpNorm().input(), branch, after);
    }
  }

  /**
   * @param dOutput [rows, width], gradient of {@link #output}
   * @param dInput [rows, width], gradient of {@link #input}; overwritten
   */
  void backward(Sequences sequences, Tensor dOutput, Tensor dInput) {
    Pass pass = new Pass(kernels, sequences);
    dInput.clear();
    kernels.normalizeBackward(finalNorm, pass.rows(), last, dOutput, dInput);
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      Block block = blocks.get(layer);
      // The tensors that blocks share still hold what the last block put there.
      if (mode == Activations.RECOMPUTED && layer < blocks.size() - 1) {
        block.recompute(pass, kept.get(layer), branch);
      }
      block.backward(pass, kept.get(layer), gradients, dInput);
    }
  }
}
