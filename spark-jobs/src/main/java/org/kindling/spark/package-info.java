/**
 * Kindling on Apache Spark: the command line and what Spark adds to {@code core}. A Spark task is a
 * small serialisable object that calls one core method. Start with {@link
 * org.kindling.spark.Kindling}.
 */
package org.kindling.spark;
