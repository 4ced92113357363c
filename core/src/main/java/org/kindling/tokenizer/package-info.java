/**
 * Text to token ids and back: characters, bytes, byte pairs learned from a corpus, and the
 * encodings of GPT-2 and its successors. Every tokenizer can be written as a {@code tokenizer.json}
 * of HuggingFace's format and read back.
 *
 * <p>Depends on {@code storage} alone. Start with {@link org.kindling.tokenizer.Tokenizer}, then
 * {@link org.kindling.tokenizer.Tokenizers}.
 */
package org.kindling.tokenizer;
