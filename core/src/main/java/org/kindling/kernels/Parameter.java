package org.kindling.kernels;

/**
 * A tensor that is trained.
 *
 * @param value what the forward pass reads
 * @param gradient of the same shape; the backward pass adds to it
 */
public record Parameter(Tensor value, Tensor gradient) {}
