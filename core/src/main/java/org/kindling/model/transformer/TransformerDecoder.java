package org.kindling.model.transformer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Embedding;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Norm;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.kernels.OutputHead;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;
import org.kindling.model.Predictor;
import org.kindling.model.TokenBatch;

/**
 * Generation with cached keys and values: a token costs one row through every layer, and the rows
 * of all sequences that get one token go through together, so that every weight is read once for
 * all of them. Longer texts go through one sequence at a time, in pieces, so that activations stay
 * small.
 */
final class TransformerDecoder implements Predictor.Decoder {
  /** Tokens of one sequence that go through the layers at once. */
  private static final int PIECE = 64;

  /** The model's layers; they stay its own. */
  record Parts(Embedding embedding, Body body, OutputHead head) {}

  private final int context;
  private final int vocabulary;
  private final Kernels kernels;
  private final Parts parts;
  private final Arena arena;

  /** By block. */
  private final List<KeyValueCache> caches = new ArrayList<>();

  /** Shared by all blocks. */
  private final Block.Kept kept;

  private final Norm.Activations last;
  private final Tensor branch;
  private final Tensor logitsTensor;

  /** [sequences][vocabulary] */
  private final float[][] logits;

  /** Tokens that each sequence holds. */
  private final int[] positions;

  /** Kernels that are closed with this; null if they are the model's. */
  private Kernels owned;

  private TransformerDecoder(
      ModelSettings settings, int sequences, Parts parts, Kernels kernels, Arena arena) {
    this.context = settings.context();
    this.vocabulary = parts.head().vocabulary();
    this.kernels = kernels;
    this.parts = parts;
    this.arena = arena;
    Heads heads = settings.attentionHeads();
    List<Block> blocks = parts.body().blocks();
    for (Block block : blocks) {
      caches.add(new KeyValueCache(arena, heads, sequences, context));
      arena.multiplies(block.multiplied(), 0, 0);
    }
    arena.multiplies((long) vocabulary * settings.width(), 0, 0);
    int piece = Math.min(PIECE, context);
    int rows = Math.max(piece, sequences);
    long saved =
        Math.max(
            kernels.attentionMemory(atTheEnd(1, piece), heads),
            kernels.attentionMemory(atTheEnd(sequences, 1), heads));
    kept = blocks.get(0).keep(arena, rows, saved);
    last = NormLayer.activations(arena, rows, settings.width());
    branch = arena.take(Arena.Role.SHARED, (long) rows * settings.width());
    logitsTensor = arena.take(Arena.Role.LOGITS, (long) sequences * vocabulary);
    logits = new float[sequences][arena.isCounting() ? 0 : vocabulary];
    positions = new int[sequences];
  }

  private Sequences atTheEnd(int sequences, int computed) {
    int[] first = new int[sequences];
    Arrays.fill(first, context - computed);
    return Sequences.continued(first, new int[sequences], computed, context);
  }

  /**
   * @throws org.kindling.kernels.MemoryShortageException before anything is allocated
   */
  static TransformerDecoder allocate(
      ModelSettings settings, int sequences, Parts parts, Kernels kernels) {
    if (sequences < 1) {
      throw new IllegalArgumentException(
          "decoder: expected at least 1 sequence, found " + sequences);
    }
    // One sequence reads each weight once a token: a copy of it would not pay.
    Kernels own = sequences == 1 ? kernels : kernels.forGeneration();
    Arena counted = Arena.counting(own);
    new TransformerDecoder(settings, sequences, parts, own, counted).arena.close();
    long bytes = Arrays.stream(Arena.Role.values()).mapToLong(counted::bytes).sum();
    try {
      return OffHeapMemory.allocate(
          kernels,
          "generation of " + sequences + " sequences",
          Math.addExact(bytes, counted.copiesBytes()),
          "use fewer sequences at a time",
          () ->
              new TransformerDecoder(settings, sequences, parts, own, Arena.allocating(own))
                  .owning(own == kernels ? null : own));
    } catch (RuntimeException e) {
      if (own != kernels) {
        own.close();
      }
      throw e;
    }
  }

  private TransformerDecoder owning(Kernels kernels) {
    owned = kernels;
    return this;
  }

  @Override
  public int sequences() {
    return positions.length;
  }

  @Override
  public float[][] append(int[][] tokens) {
    int single = 0;
    for (int sequence = 0; sequence < positions.length; sequence++) {
      check(sequence, tokens[sequence]);
      single += tokens[sequence].length == 1 ? 1 : 0;
    }
    for (int sequence = 0; sequence < positions.length; sequence++) {
      if (tokens[sequence].length > 1) {
        appendText(sequence, tokens[sequence]);
      }
    }
    if (single > 0) {
      appendOneEach(single, tokens);
    }
    return logits;
  }

  private void check(int sequence, int[] tokens) {
    if (positions[sequence] + tokens.length > context) {
      throw new IllegalArgumentException(
          String.format(
              "decoder: %d tokens and %d more exceed model.context %d; shorten the text",
              positions[sequence], tokens.length, context));
    }
    TokenBatch.checkIds("decoder: input", tokens, tokens.length, vocabulary);
  }

  private void appendText(int sequence, int[] tokens) {
    int rows = 0;
    for (int from = 0; from < tokens.length; from += rows) {
      rows = Math.min(PIECE, tokens.length - from);
      int[] slot = {sequence};
      int[] first = {positions[sequence]};
      forward(
          Sequences.continued(first, slot, rows, context),
          Arrays.copyOfRange(tokens, from, from + rows));
      positions[sequence] += rows;
    }
    int width = parts.head().width();
    try (Tensor row = last.output().slice((rows - 1L) * width, width)) {
      kernels.logits(parts.head(), 1, row, logitsTensor);
    }
    logitsTensor.read(0, logits[sequence], 0, vocabulary);
  }

  private void appendOneEach(int count, int[][] tokens) {
    int[] slots = new int[count];
    int[] first = new int[count];
    int[] ids = new int[count];
    int row = 0;
    for (int sequence = 0; sequence < positions.length; sequence++) {
      if (tokens[sequence].length == 1) {
        slots[row] = sequence;
        first[row] = positions[sequence]++;
        ids[row++] = tokens[sequence][0];
      }
    }
    forward(Sequences.continued(first, slots, 1, context), ids);
    kernels.logits(parts.head(), count, last.output(), logitsTensor);
    for (row = 0; row < count; row++) {
      logitsTensor.read((long) row * vocabulary, logits[slots[row]], 0, vocabulary);
    }
  }

  /** Runs rows through all blocks; their last hidden states end up in {@link #last}. */
  private void forward(Sequences sequences, int[] tokens) {
    Pass pass = new Pass(kernels, sequences);
    int rows = pass.rows();
    List<Block> blocks = parts.body().blocks();
    Norm.Activations norm = kept.attentionNorm();
    kernels.embed(parts.embedding(), sequences, tokens, norm.input());
    kernels.normalize(blocks.get(0).attentionNorm, rows, norm);
    for (int layer = 0; layer < blocks.size(); layer++) {
      blocks.get(layer).decode(pass, kept, caches.get(layer), branch);
      boolean isLast = layer + 1 == blocks.size();
      Norm next = isLast ? parts.body().finalNorm() : blocks.get(layer + 1).attentionNorm;
      Tensor stream = kept.mlpNorm().input();
      kernels.addAndNormalize(next, rows, stream, branch, isLast ? last : norm);
    }
  }

  @Override
  public int position(int sequence) {
    return positions[sequence];
  }

  @Override
  public int capacity() {
    return context;
  }

  @Override
  public void reset(int sequence) {
    positions[sequence] = 0;
  }

  @Override
  public void copy(int from, int to) {
    if (from == to) {
      return;
    }
    if (positions[from] > 0) {
      caches.forEach(cache -> cache.copy(kernels, from, to, positions[from]));
    }
    positions[to] = positions[from];
    System.arraycopy(logits[from], 0, logits[to], 0, vocabulary);
  }

  @Override
  public void close() {
    arena.close();
    if (owned != null) {
      owned.close();
    }
  }
}
