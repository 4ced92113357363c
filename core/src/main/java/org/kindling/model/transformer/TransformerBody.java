package org.kindling.model.transformer;

import java.util.stream.IntStream;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Embedding;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.kernels.Parameter;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.Activations;
import org.kindling.model.MemoryEstimate;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/**
 * A transformer without its embeddings of tokens: positions are added to vectors that someone else
 * made, blocks and the final norm follow. [sequences, length, width] to the same shape, forward and
 * backward. Not thread-safe.
 */
public final class TransformerBody implements AutoCloseable {
  private final ModelSettings settings;
  private final int maxSequences;
  private final Kernels kernels;
  private final Arena arena;
  private final ParameterVectors vectors;
  private final Body body;

  /** Rows of the input are its table of tokens: adding positions is then one of the kernels. */
  private final Embedding positions;

  private final int[] rows;
  private final Tensor input;
  private final Tensor dInput;
  private final Tensor dOutput;
  private final Tensor dStream;

  private TransformerBody(ModelSettings settings, int maxSequences, Kernels kernels, Arena arena) {
    this.settings = settings;
    this.maxSequences = maxSequences;
    this.kernels = kernels;
    this.arena = arena;
    Sequences largest = Sequences.whole(maxSequences, settings.context());
    long elements = (long) largest.rows() * settings.width();
    vectors = new ParameterVectors(layout(settings), Activations.KEPT, arena);
    input = arena.take(Arena.Role.RESIDUAL, elements);
    dInput = arena.take(Arena.Role.RESIDUAL, elements);
    dOutput = arena.take(Arena.Role.SHARED, elements);
    dStream = arena.take(Arena.Role.RESIDUAL, elements);
    positions = InputLayer.bind(settings, new Parameter(input, dInput), vectors, arena);
    rows = arena.isCounting() ? new int[0] : IntStream.range(0, largest.rows()).toArray();
    body = new Body(settings, vectors, largest, Activations.KEPT, kernels, arena);
  }

  /**
   * All parameters are zero until they are written.
   *
   * @param settings {@code tied} does not matter
   * @param maxSequences largest batch
   * @param kernels stay the caller's, who closes them after this
   * @throws org.kindling.kernels.MemoryShortageException before anything is allocated
   */
  public static TransformerBody allocate(
      ModelSettings settings, int maxSequences, Kernels kernels) {
    Arena counted = Arena.counting(kernels);
    new TransformerBody(settings, maxSequences, kernels, counted).close();
    return OffHeapMemory.allocate(
        kernels,
        "transformer layer",
        MemoryEstimate.of(counted).modelBytes(),
        "use smaller batches, a shorter context or a smaller layer",
        () -> new TransformerBody(settings, maxSequences, kernels, Arena.allocating(kernels)));
  }

  /** Positions, blocks and final norm, with the names they have in a whole model. */
  public static ParameterLayout layout(ModelSettings settings) {
    return TransformerLayout.ofBody(settings);
  }

  public ModelSettings settings() {
    return settings;
  }

  public int maxSequences() {
    return maxSequences;
  }

  /** [layout size] */
  public Tensor parameters() {
    return vectors.values;
  }

  /** [layout size], sums of what {@link #backward} adds. */
  public Tensor gradients() {
    return vectors.gradients;
  }

  /** [rows, width], to be filled before {@link #forward}. */
  public Tensor input() {
    return input;
  }

  /** [rows, width] */
  public Tensor output() {
    return body.output();
  }

  /** [rows, width], to be filled before {@link #backward}. */
  public Tensor outputGradient() {
    return dOutput;
  }

  /** [rows, width] */
  public Tensor inputGradient() {
    return dInput;
  }

  /** From {@link #input} to {@link #output}. */
  public void forward(int sequences, int length) {
    Sequences all = Sequences.whole(sequences, length);
    kernels.embed(positions, all, rows, body.input());
    body.forward(all);
  }

  /** From {@link #outputGradient} to {@link #inputGradient}, after the forward pass of the same. */
  public void backward(int sequences, int length) {
    Sequences all = Sequences.whole(sequences, length);
    body.backward(all, dOutput, dStream);
    dInput.clear();
    kernels.embedBackward(positions, all, rows, dStream);
  }

  @Override
  public void close() {
    arena.close();
  }
}
