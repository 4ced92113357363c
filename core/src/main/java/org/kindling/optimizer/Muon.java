package org.kindling.optimizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.MatrixRange;
import org.kindling.kernels.MuonUpdate;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;

/**
 * Muon for layers' weights, AdamW for embeddings, an lm_head of its own, norms and biases; clipping
 * by the norm of the whole gradient before either. Queries, keys and values, the gates of an LSTM
 * and the like are orthogonalised each by itself, also where they are one tensor ({@link
 * ParameterLayout.Entry#matrices}).
 *
 * <p>It keeps one vector of running means of gradients: Muon's momentum of weights, AdamW's first
 * moment of all else; and a second moment of what AdamW updates alone, in the order of the layout.
 * Its scratch holds nothing between steps. Not thread-safe.
 *
 * @see MuonUpdate
 */
public final class Muon implements InnerOptimizer {
  private final OptimizerSettings settings;
  private final Kernels kernels;
  private final long size;
  private final List<MatrixRange> matrices;
  private final AdamWRanges others;
  private final List<Moment> moments;
  private final Tensor scratch;

  /**
   * Both moments start at zero.
   *
   * @param kernels of the parameters and gradients that {@link #step} will get; stay the caller's
   * @throws IllegalArgumentException if the layout has no layers' weights
   */
  public Muon(OptimizerSettings settings, ParameterLayout layout, Kernels kernels) {
    this.settings = settings;
    this.kernels = kernels;
    this.size = layout.size();
    this.matrices = matrices(layout);
    this.others = others(settings, layout);
    this.moments = Moment.allocate(momentsOf(settings, layout), kernels);
    this.scratch = scratchOrClose(layout);
  }

  private Tensor scratchOrClose(ParameterLayout layout) {
    try {
      return kernels.allocate(Arena.Role.SHARED, scratchElements(layout));
    } catch (RuntimeException | Error e) {
      moments.forEach(moment -> moment.values().close());
      throw e;
    }
  }

  private static boolean isOrthogonalized(ParameterLayout.Entry entry) {
    return entry.role() == ParameterLayout.Role.MATRIX && entry.isMatrix();
  }

  private static List<MatrixRange> matrices(ParameterLayout layout) {
    List<MatrixRange> matrices = new ArrayList<>();
    for (ParameterLayout.Entry entry : layout.entries()) {
      if (isOrthogonalized(entry)) {
        matrices.addAll(entry.matrices());
      }
    }
    if (matrices.isEmpty()) {
      throw new IllegalArgumentException(
          "optimizer.kind: muon updates the weights of layers, and the model has none; use adamw");
    }
    return List.copyOf(matrices);
  }

  private static AdamWRanges others(OptimizerSettings settings, ParameterLayout layout) {
    return new AdamWRanges(settings, layout, entry -> !isOrthogonalized(entry));
  }

  /** As {@link InnerOptimizer#momentsOf}. */
  static List<MomentSpec> momentsOf(OptimizerSettings settings, ParameterLayout layout) {
    List<MomentSpec> specs = new ArrayList<>();
    specs.add(new MomentSpec("momentum", layout.size(), MomentSpec.Kind.SIGNED));
    long others = others(settings, layout).size();
    if (others > 0) {
      specs.add(new MomentSpec("second_moment", others, MomentSpec.Kind.SQUARE));
    }
    return List.copyOf(specs);
  }

  /** What {@link MuonUpdate#scratch} asks for the largest matrix. */
  static long scratchElements(ParameterLayout layout) {
    return matrices(layout).stream()
        .map(MuonUpdate::scratch)
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  @Override
  public List<Moment> moments() {
    return moments;
  }

  @Override
  public double step(Tensor parameters, Tensor gradients, double learningRate, long step) {
    Clipping.requireOperands(size, parameters, gradients, step);
    Clipping clipping = Clipping.of(settings, kernels, gradients, step);
    Tensor momentum = moments.get(0).values();
    MuonUpdate update =
        new MuonUpdate(
            parameters,
            gradients,
            momentum,
            scratch,
            clipping.scale(),
            learningRate * settings.rateFactors().of(ParameterLayout.Role.MATRIX),
            settings.muonMomentum(),
            settings.weightDecay());
    for (MatrixRange matrix : matrices) {
      kernels.muon(update, matrix);
    }
    if (moments.size() > 1) {
      others.update(
          kernels,
          new AdamWRanges.Step(parameters, gradients, clipping.scale(), learningRate, step),
          momentum,
          moments.get(1).values());
    }
    return clipping.norm();
  }

  @Override
  public void close() {
    scratch.close();
    moments.forEach(moment -> moment.values().close());
  }
}
