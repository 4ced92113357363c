/**
 * Scaling laws: how the validation loss depends on parameters, tokens and FLOPs.
 *
 * <p>Reads and writes the evaluations CSV, chooses the points that may be fitted, fits them
 * (Hoffmann et al. 2022, approaches 1 to 3; Kaplan et al. 2020; an outer exponent), compares the
 * forms, bootstraps intervals, predicts what was held out and plans what nobody has trained.
 * Depends on no other package of Kindling and touches no file: callers bring readers and writers.
 * Start with {@link org.kindling.scaling.ScalingFit}.
 *
 * <p>Letters: N parameters, D tokens, C FLOPs, L validation loss in nats per token.
 */
package org.kindling.scaling;
