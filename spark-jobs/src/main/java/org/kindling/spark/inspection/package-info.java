/**
 * Looking at datasets: what is in them, and whether their files are as they were written. One task
 * a shard. Start with {@link org.kindling.spark.inspection.Inspection}.
 */
package org.kindling.spark.inspection;
