/**
 * Kindling's core: everything that does not need Spark, up to whole multi-worker training runs in
 * one process. A package is a capability; {@code docs/architecture.md} gives the reading order.
 */
package org.kindling;
