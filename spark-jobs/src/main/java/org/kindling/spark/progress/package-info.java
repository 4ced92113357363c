/**
 * Telling whoever waits how far a job is: one line that renews itself in a terminal, a line every
 * few seconds elsewhere, on standard error.
 *
 * <p>Start with {@link org.kindling.spark.progress.StatusLine}.
 */
package org.kindling.spark.progress;
