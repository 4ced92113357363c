package org.kindling.kernels;

/**
 * The map from the last hidden state to a logit per token, "lm_head": logits = x · weightᵀ, then,
 * if there is a cap, cap · tanh(logits / cap).
 *
 * @param vocabulary number of logits
 * @param width elements of a row of x
 * @param weight [vocabulary, width], row-major; the token embedding itself if they are tied
 * @param softCap bound on the absolute value of logits; 0 for none
 * @param scratch at least {@link Kernels#headScratch} elements, overwritten by every call
 * @see <a href="https://arxiv.org/abs/2408.00118">Gemma 2, section 2, logit soft-capping</a>
 */
public record OutputHead(
    int vocabulary, int width, Parameter weight, double softCap, Tensor scratch) {}
