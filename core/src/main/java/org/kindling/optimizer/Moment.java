package org.kindling.optimizer;

import org.kindling.kernels.Tensor;

/**
 * A vector that an {@link InnerOptimizer} keeps between steps.
 *
 * @param spec what it is
 * @param values [spec.size()]; stay the optimizer's, and writing them changes it
 */
public record Moment(MomentSpec spec, Tensor values) {}
