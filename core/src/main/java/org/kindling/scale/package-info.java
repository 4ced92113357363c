/**
 * What a round takes on a cluster: bytes by the layout of the state and the codes of the exchange,
 * seconds by a model that is fitted to measurements, and whole runs with virtual executors, planned
 * by the real driver.
 *
 * <p>Read {@link org.kindling.scale.RoundModel} first, then {@link
 * org.kindling.scale.SimulatedRounds}.
 */
package org.kindling.scale;
