/**
 * The arithmetic of layers: one contract, {@link org.kindling.kernels.Kernels}, and its
 * implementations. Models and optimizers are written once over it and never see which one runs.
 */
package org.kindling.kernels;
