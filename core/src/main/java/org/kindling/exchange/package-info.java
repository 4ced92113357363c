/**
 * What workers send each other, in bytes: numbers by blocks, each with a scale, in as many bits as
 * the setting {@code training.exchange} allows.
 */
package org.kindling.exchange;
