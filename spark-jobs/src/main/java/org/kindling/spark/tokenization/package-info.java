/**
 * Turning a corpus into a dataset on Spark: one task per group of documents, each writing its own
 * shards; the driver numbers and publishes them.
 *
 * <p>Depends on {@code documents} and on {@code core}'s corpus and tokenizer. Start with {@link
 * org.kindling.spark.tokenization.Tokenization}.
 */
package org.kindling.spark.tokenization;
