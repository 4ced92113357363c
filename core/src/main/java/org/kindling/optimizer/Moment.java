package org.kindling.optimizer;

import java.util.ArrayList;
import java.util.List;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;

/**
 * A vector that an {@link InnerOptimizer} keeps between steps.
 *
 * @param spec what it is
 * @param values [spec.size()]; stay the optimizer's, and writing them changes it
 */
public record Moment(MomentSpec spec, Tensor values) {
  /** Zeros for each; nothing stays allocated if there is not memory enough for all. */
  static List<Moment> allocate(List<MomentSpec> specs, Kernels kernels) {
    List<Moment> moments = new ArrayList<>();
    try {
      for (MomentSpec spec : specs) {
        moments.add(new Moment(spec, kernels.allocate(spec.size())));
      }
      return List.copyOf(moments);
    } catch (RuntimeException | Error e) {
      moments.forEach(moment -> moment.values().close());
      throw e;
    }
  }
}
