package org.kindling.model.transformer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.LayerNorm;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.kernels.Unembedding;
import org.kindling.model.ModelSettings;
import org.kindling.model.SequenceDecoder;
import org.kindling.model.TokenBatch;

/**
 * Generation with cached keys and values: a token costs one row through every layer. Long prompts
 * go through in pieces, so that activations stay small.
 */
final class TransformerDecoder implements SequenceDecoder {
  /** Tokens that go through the layers at once. */
  private static final int PIECE = 64;

  private final ModelSettings settings;
  private final int vocabulary;
  private final Kernels kernels;
  private final TransformerParameters parameters;
  private final Memory memory;
  private final BlockPass pass;

  /** Per layer [context, 3 · width]: query, key and value of every position so far. */
  private final List<Tensor> caches;

  /** Shared by all layers but for their caches. */
  private final BlockActivations shared;

  private final LayerNorm.Activations finalNorm;
  private final Tensor branch;
  private final Unembedding unembedding;
  private final Tensor logitsTensor;
  private final float[] logits;
  private int position;

  TransformerDecoder(
      ModelSettings settings, int vocabulary, Kernels kernels, TransformerParameters parameters) {
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.kernels = kernels;
    this.parameters = parameters;
    int width = settings.width();
    memory = new Memory(kernels);
    pass = new BlockPass(kernels, new Heads(settings.heads(), width / settings.heads()), 0);
    caches = new ArrayList<>();
    for (int layer = 0; layer < settings.layers(); layer++) {
      caches.add(memory.allocate((long) settings.context() * 3 * width));
    }
    int rows = Math.min(PIECE, settings.context());
    shared =
        memory.block(settings, new Sequences(1, settings.context(), settings.context() - rows));
    finalNorm = memory.norm(rows, width);
    branch = memory.allocate((long) rows * width);
    Tensor scratch = memory.allocate(kernels.unembeddingScratch(vocabulary));
    unembedding =
        new Unembedding(vocabulary, width, parameters.unembedding(settings.tied()), scratch);
    logitsTensor = memory.allocate(vocabulary);
    logits = new float[vocabulary];
  }

  @Override
  public float[] append(int... tokens) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("decoder: expected at least one token to append");
    }
    if (position + tokens.length > settings.context()) {
      throw new IllegalArgumentException(
          String.format(
              "decoder: %d tokens and %d more exceed model.context %d; shorten the text",
              position, tokens.length, settings.context()));
    }
    TokenBatch.checkIds("decoder: input", tokens, tokens.length, vocabulary);
    int rows = 0;
    for (int from = 0; from < tokens.length; from += rows) {
      rows = Math.min(PIECE, tokens.length - from);
      forward(Arrays.copyOfRange(tokens, from, from + rows));
    }
    int width = settings.width();
    try (Tensor last = finalNorm.output().slice((rows - 1L) * width, width)) {
      kernels.logits(unembedding, 1, last, logitsTensor);
    }
    logitsTensor.read(0, logits, 0, vocabulary);
    return logits;
  }

  /** Runs a piece through all layers; its last hidden states end up in {@link #finalNorm}. */
  private void forward(int[] tokens) {
    Sequences sequences = new Sequences(1, position + tokens.length, position);
    int rows = tokens.length;
    LayerNorm.Activations norm = shared.attentionNorm();
    kernels.embed(parameters.embedding(), sequences, tokens, norm.input());
    kernels.normalize(parameters.blocks.get(0).attentionNorm(), rows, norm);
    int layers = settings.layers();
    for (int layer = 0; layer < layers; layer++) {
      pass.forward(parameters.blocks.get(layer), sequences, activations(layer, rows), branch);
      boolean last = layer + 1 == layers;
      LayerNorm next =
          last ? parameters.finalNorm : parameters.blocks.get(layer + 1).attentionNorm();
      Tensor stream = shared.mlpNorm().input();
      kernels.addAndNormalize(next, rows, stream, branch, last ? finalNorm : norm);
    }
    position += rows;
  }

  private BlockActivations activations(int layer, int rows) {
    long rowElements = 3L * settings.width();
    Tensor cache = caches.get(layer);
    return new BlockActivations(
        shared.attentionNorm(),
        cache.slice(position * rowElements, rows * rowElements),
        cache,
        shared.saved(),
        shared.attended(),
        shared.mlpNorm(),
        shared.expanded(),
        shared.activated());
  }

  @Override
  public int position() {
    return position;
  }

  @Override
  public int capacity() {
    return settings.context();
  }

  @Override
  public void reset() {
    position = 0;
  }

  @Override
  public void close() {
    pass.close();
    memory.close();
  }
}
