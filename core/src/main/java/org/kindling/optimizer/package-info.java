/**
 * What turns gradients into new parameters: {@link org.kindling.optimizer.AdamW} with clipping and
 * a {@link org.kindling.optimizer.LearningRateSchedule}. Depends on {@code kernels} and on the
 * parameter layout of {@code model}.
 */
package org.kindling.optimizer;
