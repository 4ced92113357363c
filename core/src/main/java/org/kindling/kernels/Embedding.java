package org.kindling.kernels;

/**
 * Token embedding plus learned position embedding.
 *
 * @param width elements of a row
 * @param tokens [vocabulary, width], row-major
 * @param positions [context, width], row-major
 */
public record Embedding(int width, Parameter tokens, Parameter positions) {}
