/**
 * What turns gradients into new parameters: an {@link org.kindling.optimizer.InnerOptimizer} inside
 * each worker, with a {@link org.kindling.optimizer.LearningRateSchedule}, and an {@link
 * org.kindling.optimizer.OuterOptimizer} between rounds. Depends on {@code kernels} and on the
 * parameter layout of {@code model}.
 */
package org.kindling.optimizer;
