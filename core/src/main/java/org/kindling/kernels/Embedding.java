package org.kindling.kernels;

/**
 * Token embedding, and a position embedding if positions are added to it.
 *
 * @param width elements of a row
 * @param tokens [vocabulary, width], row-major
 * @param positions [context, width], row-major; null if none is added, its gradient null if it is
 *     not trained
 */
public record Embedding(int width, Parameter tokens, Parameter positions) {}
