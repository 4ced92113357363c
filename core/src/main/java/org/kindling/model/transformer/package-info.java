/**
 * GPT-2, written once over {@code kernels}: same arithmetic and tensor names as HuggingFace's
 * {@code GPT2LMHeadModel}. Start with {@link org.kindling.model.transformer.Transformer}.
 */
package org.kindling.model.transformer;
