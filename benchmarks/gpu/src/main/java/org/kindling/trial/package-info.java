/**
 * What {@code benchmarks/gpu/run} does: everything worth knowing of the kernels on a card, in
 * minutes. {@link org.kindling.trial.Trial} runs one {@link org.kindling.trial.Section} after the
 * other, each in a process of its own, and prints what they found as one table. Depends on {@code
 * core} and the kernels by libtorch, and on the tests of both.
 */
package org.kindling.trial;
