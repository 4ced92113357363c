/** Counting n-grams on executors, piece by piece. */
package org.kindling.spark.counting;
