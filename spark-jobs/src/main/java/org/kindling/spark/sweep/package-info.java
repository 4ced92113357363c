/** Sweeps: many runs planned from compute budgets, several at a time on one Spark session. */
package org.kindling.spark.sweep;
