package org.kindling.model.transformer;

import java.util.List;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Columns;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Linear;
import org.kindling.kernels.Norm;
import org.kindling.kernels.Rotation;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/**
 * Attention of one block: queries, keys and values in one product, then, where the model has them,
 * a norm of each head's query and key and the rotation by positions, then attention and the output
 * projection.
 */
final class AttentionLayer {
  private final Heads heads;
  private final Linear projection;
  private final Linear output;

  /** Null if queries and keys are not normalised. */
  private final Norm queryNorm;

  private final Norm keyNorm;

  /** Null if they are not rotated. */
  private final Rotation rotation;

  AttentionLayer(
      ModelSettings settings, Names names, int layer, ParameterVectors vectors, Rotation rotation) {
    this.heads = settings.attentionHeads();
    this.projection = projection(settings, names, layer).bind(vectors);
    this.output = output(settings, names, layer).bind(vectors);
    this.queryNorm = headNorm(settings, vectors, names.inBlock(layer, names.queryNorm()));
    this.keyNorm = headNorm(settings, vectors, names.inBlock(layer, names.keyNorm()));
    this.rotation = rotation;
  }

  private static Norm headNorm(ModelSettings settings, ParameterVectors vectors, String module) {
    return settings.qkNorm()
        ? NormLayer.bind(vectors, settings, module, Norm.Kind.RMS, settings.headDim())
        : null;
  }

  static void declare(
      ParameterLayout.Builder builder, ModelSettings settings, Names names, int layer) {
    projection(settings, names, layer).declare(builder);
    if (settings.qkNorm()) {
      int width = settings.headDim();
      NormLayer.declare(builder, names.inBlock(layer, names.queryNorm()), Norm.Kind.RMS, width);
      NormLayer.declare(builder, names.inBlock(layer, names.keyNorm()), Norm.Kind.RMS, width);
    }
    output(settings, names, layer).declare(builder);
  }

  private static Projection projection(ModelSettings settings, Names names, int layer) {
    Heads heads = settings.attentionHeads();
    return new Projection(
        names.inBlock(layer, names.attention()),
        names.layout(),
        settings.width(),
        List.of(heads.queryWidth(), heads.keyWidth(), heads.keyWidth()),
        settings.attentionBias(),
        Block.STANDARD_DEVIATION);
  }

  private static Projection output(ModelSettings settings, Names names, int layer) {
    return new Projection(
        List.of(names.inBlock(layer, names.attentionOutput())),
        names.layout(),
        settings.attentionHeads().queryWidth(),
        List.of(settings.width()),
        settings.attentionBias(),
        Block.residualStandardDeviation(settings));
  }

  /**
   * What a forward pass computes and the backward pass reads again.
   *
   * @param projected [rows, query | key | value]
   * @param queryStatistics [rows, query heads] of the norm; null without
   * @param keyStatistics [rows, key heads]
   * @param before queries, keys and values as projected
   * @param in as attention reads them: normalised and rotated
   * @param saved whatever attention keeps
   * @param attended [rows, query]
   */
  record Kept(
      Tensor projected,
      Tensor queryStatistics,
      Tensor keyStatistics,
      Kernels.AttentionInputs before,
      Kernels.AttentionInputs in,
      Tensor saved,
      Tensor attended) {
    /** The same tensors but for what attention keeps. */
    Kept withSaved(Tensor other) {
      return new Kept(projected, queryStatistics, keyStatistics, before, in, other, attended);
    }
  }

  /**
   * @param saved elements of what attention keeps
   */
  Kept keep(Arena arena, long rows, long saved) {
    int queries = heads.queryWidth();
    int keys = heads.keyWidth();
    Tensor projected = arena.take(Arena.Role.ACTIVATION, rows * (queries + 2L * keys));
    Kernels.AttentionInputs before = inputs(projected);
    Kernels.AttentionInputs in = before;
    Tensor queryStatistics = null;
    Tensor keyStatistics = null;
    if (queryNorm != null) {
      Tensor normalised = arena.take(Arena.Role.ACTIVATION, rows * (queries + keys));
      in =
          new Kernels.AttentionInputs(
              new Columns(normalised, 0, queries + keys),
              new Columns(normalised, queries, queries + keys),
              before.values());
      queryStatistics = arena.take(Arena.Role.STATISTICS, rows * heads.count());
      keyStatistics = arena.take(Arena.Role.STATISTICS, rows * heads.kvCount());
    }
    return new Kept(
        projected,
        queryStatistics,
        keyStatistics,
        before,
        in,
        arena.take(Arena.Role.ATTENTION, saved),
        arena.take(Arena.Role.ACTIVATION, rows * queries));
  }

  private Kernels.AttentionInputs inputs(Tensor projected) {
    int queries = heads.queryWidth();
    int keys = heads.keyWidth();
    int stride = queries + 2 * keys;
    return new Kernels.AttentionInputs(
        new Columns(projected, 0, stride),
        new Columns(projected, queries, stride),
        new Columns(projected, queries + keys, stride));
  }

  /**
   * Gradients that one block after the other uses.
   *
   * @param projected [rows, query | key | value]
   * @param in its columns
   * @param attended [rows, query]
   */
  record Gradients(Tensor projected, Kernels.AttentionInputs in, Tensor attended) {}

  Gradients gradients(Arena arena, long rows) {
    int queries = heads.queryWidth();
    Tensor projected = arena.take(Arena.Role.SHARED, rows * (queries + 2L * heads.keyWidth()));
    Tensor attended = arena.take(Arena.Role.SHARED, rows * queries);
    arena.multiplies(0, rows * projection.inputs(), rows * projection.outputs());
    return new Gradients(projected, inputs(projected), attended);
  }

  /** Elements of the weights that multiply activations. */
  long multiplied() {
    return projection.elements() + output.elements();
  }

  /**
   * @param x [rows, width]
   * @param y [rows, width]
   */
  void forward(Kernels kernels, Sequences sequences, Tensor x, Kept kept, Tensor y) {
    project(kernels, sequences, x, kept);
    kernels.attention(sequences, heads, kept.in(), kept.saved(), kept.attended());
    kernels.linear(output, sequences.rows(), kept.attended(), y);
  }

  /** As {@link #forward}, with the keys and values of earlier positions in a cache. */
  void decode(
      Kernels kernels, Sequences sequences, Tensor x, Kept kept, KeyValueCache cache, Tensor y) {
    project(kernels, sequences, x, kept);
    cache.append(kernels, sequences, kept.in());
    Kernels.AttentionInputs in =
        new Kernels.AttentionInputs(kept.in().queries(), cache.keys(), cache.values());
    kernels.attention(sequences, heads, in, kept.saved(), kept.attended());
    kernels.linear(output, sequences.rows(), kept.attended(), y);
  }

  private void project(Kernels kernels, Sequences sequences, Tensor x, Kept kept) {
    int rows = sequences.rows();
    kernels.linear(projection, rows, x, kept.projected());
    Kernels.AttentionInputs before = kept.before();
    Kernels.AttentionInputs in = kept.in();
    if (queryNorm != null) {
      kernels.normalizeHeads(
          queryNorm, queries(rows), before.queries(), in.queries(), kept.queryStatistics());
      kernels.normalizeHeads(keyNorm, keys(rows), before.keys(), in.keys(), kept.keyStatistics());
    }
    if (rotation != null) {
      // Keys stand right behind queries.
      kernels.rotate(rotation, sequences, heads.count() + heads.kvCount(), in.queries());
    }
  }

  private Kernels.HeadSpan queries(int rows) {
    return new Kernels.HeadSpan(rows, heads.count());
  }

  private Kernels.HeadSpan keys(int rows) {
    return new Kernels.HeadSpan(rows, heads.kvCount());
  }

  /**
   * @param x as given to {@link #forward}
   * @param dy [rows, width], gradient of its output
   * @param dx [rows, width]
   */
  void backward(Pass pass, Tensor x, Kept kept, Tensor dy, Gradients d, Tensor dx) {
    Kernels kernels = pass.kernels();
    Sequences sequences = pass.sequences();
    int rows = sequences.rows();
    kernels.linearBackward(output, rows, kept.attended(), dy, d.attended());
    kernels.attentionBackward(
        sequences, heads, new Kernels.AttentionPass(kept.in(), kept.saved()), d.attended(), d.in());
    Columns queries = d.in().queries();
    if (rotation != null) {
      kernels.rotateBackward(rotation, sequences, heads.count() + heads.kvCount(), queries);
    }
    if (queryNorm != null) {
      Kernels.AttentionInputs before = kept.before();
      kernels.normalizeHeadsBackward(
          queryNorm, queries(rows), before.queries(), kept.queryStatistics(), queries);
      kernels.normalizeHeadsBackward(
          keyNorm, keys(rows), before.keys(), kept.keyStatistics(), d.in().keys());
    }
    kernels.linearBackward(projection, rows, x, d.projected(), dx);
  }
}
