/**
 * Reading a corpus: finding its files, cutting them into groups of equal size that do not depend on
 * the cluster, and streaming documents out of text, JSON lines and Parquet.
 *
 * <p>Depends on {@code core}'s storage. Start with {@link org.kindling.spark.documents.Documents}.
 */
package org.kindling.spark.documents;
