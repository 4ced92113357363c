/**
 * Faults at chosen moments of a run: a Spark plugin that {@code benchmarks/faults/run} puts on the
 * class path. Start with {@link org.kindling.faults.FaultPlugin}.
 */
package org.kindling.faults;
