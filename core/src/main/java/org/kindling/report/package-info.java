/**
 * The loss-vs-compute report: one HTML file that needs nothing beside it, and a CSV per table.
 *
 * <p>Depends on {@code scaling}; touches no file. Start with {@link org.kindling.report.Report}.
 */
package org.kindling.report;
