package org.kindling.kernels;

/**
 * The affine map y = x · weight + bias, GPT-2's "Conv1D".
 *
 * @param inputs elements of a row of x
 * @param outputs elements of a row of y
 * @param weight [inputs, outputs], row-major
 * @param bias [outputs]
 */
public record Linear(int inputs, int outputs, Parameter weight, Parameter bias) {}
