package org.kindling.training;

/**
 * Bytes that a round moved between executors, as its tasks counted them: what one receives another
 * has sent. What tasks that failed moved is not among them, nor the frames around it.
 *
 * @param gatheredBytes of the state, by workers before they trained
 * @param reducedBytes of workers' results, by the tasks that average them
 * @param replicatedBytes of the new state, to its second copy
 */
public record Traffic(long gatheredBytes, long reducedBytes, long replicatedBytes) {
  /** Bytes in all. */
  public long totalBytes() {
    return gatheredBytes + reducedBytes + replicatedBytes;
  }
}
