/**
 * Choosing the documents of a corpus: filters of length and repetition, exact duplicates by content
 * hash, near duplicates by MinHash. Nothing is changed in the corpus; what is left out is listed by
 * its place, and readers pass over it. Which documents are left out follows from the corpus and the
 * settings alone.
 *
 * <p>Everything shuffled is a byte array that sorts by its first bytes, so that groups of any size
 * stream through a task, see {@link org.kindling.spark.quality.SortedRecords}.
 *
 * <p>Depends on {@code documents} and on {@code core}'s storage. Start with {@link
 * org.kindling.spark.quality.DocumentSelection}.
 */
package org.kindling.spark.quality;
