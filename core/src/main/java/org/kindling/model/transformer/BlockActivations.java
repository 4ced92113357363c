package org.kindling.model.transformer;

import org.kindling.kernels.LayerNorm;
import org.kindling.kernels.Tensor;

/**
 * What one block computes and its backward pass reads again.
 *
 * @param attentionNorm its input is the residual stream as it enters the block
 * @param newQkv [rows, 3 · width], of the computed positions
 * @param qkv [count, length, 3 · width], of all positions; in training the same as {@code newQkv}
 * @param saved whatever attention keeps
 * @param attended [rows, width]
 * @param mlpNorm its input is the residual stream between attention and perceptron
 * @param expanded [rows, 4 · width]; after the forward pass, GELU's derivative
 * @param activated [rows, 4 · width]
 */
record BlockActivations(
    LayerNorm.Activations attentionNorm,
    Tensor newQkv,
    Tensor qkv,
    Tensor saved,
    Tensor attended,
    LayerNorm.Activations mlpNorm,
    Tensor expanded,
    Tensor activated) {}
