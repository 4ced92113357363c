package org.kindling.kernels;

/**
 * The map from the last hidden state to a logit per token: logits = x · weightᵀ.
 *
 * @param vocabulary number of logits
 * @param width elements of a row of x
 * @param weight [vocabulary, width], row-major; the token embedding itself if they are tied
 * @param scratch at least {@link Kernels#unembeddingScratch} elements, overwritten by every call
 */
public record Unembedding(int vocabulary, int width, Parameter weight, Tensor scratch) {}
