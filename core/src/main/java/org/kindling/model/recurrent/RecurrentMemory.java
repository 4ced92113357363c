package org.kindling.model.recurrent;

import org.kindling.kernels.Kernels;
import org.kindling.model.Family;
import org.kindling.model.MemoryEstimate;
import org.kindling.model.ModelSettings;

/**
 * What a DL4J network takes outside the heap, about: the flat vectors twice, since the network has
 * its own, and what it keeps of a segment from forward to backward. With R rows (sequences · tokens
 * of a segment), width d, L layers, hidden width h, window n, context T and vocabulary V, in
 * elements of 4 bytes:
 *
 * <pre>
 * all             2·R·d of token vectors and their gradients; 4·R·V of logits, probabilities and
 *                 the output layer's gradients
 * mlp             R·n·d, the windows laid out side by side, and 4·R·h
 * rnn             4·L·R·d
 * lstm            14·L·R·d: gates, cells, their derivatives and gradients
 * rnn-attention   those of the lstm, 6·R·d and, one sequence at a time, 6·T²
 * </pre>
 */
public final class RecurrentMemory {
  private RecurrentMemory() {}

  /**
   * @param maxSequences largest batch
   */
  public static MemoryEstimate estimate(
      ModelSettings settings, int vocabulary, int maxSequences, Kernels kernels) {
    long size = RecurrentLayout.of(settings, vocabulary).size();
    long vectors = kernels.tensorBytes(size);
    boolean truncated = settings.kind().has(Family.Key.TRUNCATION);
    long segment =
        truncated ? Math.min(settings.context(), settings.truncation()) : settings.context();
    long rows = maxSequences * segment;
    long bytes = Float.BYTES;
    long attention =
        settings.kind() == Family.RNN_ATTENTION
            ? bytes * 6 * ((long) settings.context() * settings.context() + rows * settings.width())
            : 0;
    return new MemoryEstimate(
        2 * vectors,
        2 * vectors,
        bytes * rows * perRow(settings),
        attention,
        bytes * 2 * rows * settings.width(),
        bytes * 4 * rows * vocabulary,
        0);
  }

  private static long perRow(ModelSettings settings) {
    long width = settings.width();
    return switch (settings.kind()) {
      case MLP -> settings.window() * width + 4L * settings.hidden();
      case RNN -> 4L * settings.layers() * width;
      default -> 14L * settings.layers() * width;
    };
  }
}
