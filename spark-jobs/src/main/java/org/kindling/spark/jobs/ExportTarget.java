package org.kindling.spark.jobs;

import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Dtype;

/**
 * What an export writes.
 *
 * @param path where nothing is yet
 * @param dtype of numbers for which the format leaves a choice
 */
record ExportTarget(Path path, Dtype dtype) {}
