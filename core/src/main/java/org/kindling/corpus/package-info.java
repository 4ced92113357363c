/**
 * Tokenized text on disk and the order in which training reads it: shards in Megatron-LM's indexed
 * format, the manifest that makes a directory of them a dataset, and samples drawn by a permutation
 * computed on the fly, from one dataset or several by weight.
 *
 * <p>Depends on {@code storage} and {@code tokenizer}. Start with {@link
 * org.kindling.corpus.Dataset}, then {@link org.kindling.corpus.SampleReader}; {@link
 * org.kindling.corpus.Mixture} joins datasets, {@link org.kindling.corpus.IndexedTokensWriter} has
 * the file format.
 */
package org.kindling.corpus;
