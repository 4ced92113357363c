/**
 * Transformers made of parts, written once over {@code kernels}: an input, a body of blocks, an
 * lm_head; names and arithmetic as in HuggingFace's models. Start with {@link
 * org.kindling.model.transformer.Transformer}, then {@code Body}, {@code Block} and the layers.
 */
package org.kindling.model.transformer;
