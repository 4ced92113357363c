package org.kindling.spark.tokenization;

import java.io.Serializable;
import java.util.Map;
import org.kindling.corpus.DatasetManifest;
import org.kindling.corpus.Split;

/**
 * What one task wrote.
 *
 * @param shards at most one a split
 * @param skippedDocuments malformed documents left out
 */
record WrittenPart(Map<Split, DatasetManifest.Shard> shards, long skippedDocuments)
    implements Serializable {}
