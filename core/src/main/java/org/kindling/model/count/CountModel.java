package org.kindling.model.count;

import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.model.Predictor;
import org.kindling.model.SeparateDecoders;
import org.kindling.model.SequenceDecoder;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;

/**
 * A model that counted: {@code unigram}, {@code bigram} or {@code ngram}. A position sees the
 * tokens before it in its own document of its own sequence alone, as in every other model.
 */
public final class CountModel implements Predictor {
  private final ModelSettings settings;
  private final SortedNgrams ngrams;
  private final NextToken probabilities;

  /**
   * @param ngrams of {@link #order}
   * @throws IllegalArgumentException if they are of another order
   */
  public CountModel(ModelSettings settings, SortedNgrams ngrams) {
    if (ngrams.order() != order(settings)) {
      throw new IllegalArgumentException(
          String.format(
              "model.order: %s counts %d-grams, found counts of %d-grams",
              settings.family(), order(settings), ngrams.order()));
    }
    this.settings = settings;
    this.ngrams = ngrams;
    this.probabilities =
        settings.kind() == Family.NGRAM ? new KneserNey(ngrams) : new FewTokens(ngrams);
  }

  /** Tokens of the n-grams that a family counts. */
  public static int order(ModelSettings settings) {
    return switch (settings.kind()) {
      case UNIGRAM -> 1;
      case BIGRAM -> 2;
      case NGRAM -> settings.order();
      default -> throw new IllegalArgumentException(settings.family() + " does not count");
    };
  }

  /** Unigrams with one added to each count, or bigrams backing off to them. */
  private static final class FewTokens implements NextToken {
    private final BigramModel model;
    private final int history;

    FewTokens(SortedNgrams ngrams) {
      PairCounts pairs = new PairCounts(ngrams.vocabulary());
      history = ngrams.order() - 1;
      for (int place = 0; place < ngrams.distinct(ngrams.order()); place++) {
        int token = ngrams.token(ngrams.order(), place);
        // Of unigrams alone what came before does not matter.
        int previous = history == 0 ? 0 : ngrams.parent(2, place);
        pairs.add(history == 0 ? 0 : ngrams.token(1, previous), token, ngrams.count(place));
      }
      model = new BigramModel(pairs);
    }

    @Override
    public int history() {
      return history;
    }

    @Override
    public Distribution after(int[] tokens, int from, int to) {
      return history == 0 || to == from
          ? model::unigram
          : next -> model.bigram(tokens[to - 1], next);
    }
  }

  @Override
  public ModelSettings settings() {
    return settings;
  }

  @Override
  public int vocabulary() {
    return ngrams.vocabulary();
  }

  @Override
  public WeightedLoss loss(TokenBatch batch) {
    batch.check(settings.context(), Integer.MAX_VALUE, vocabulary());
    double nats = 0;
    for (int row = 0; row < batch.sequences(); row++) {
      for (int t = 0; t < batch.length(); t++) {
        int at = row * batch.length() + t;
        if (batch.weight(at) != 0) {
          nats += batch.weight(at) * nats(batch, row * batch.length(), at);
        }
      }
    }
    return new WeightedLoss(nats, batch.weight());
  }

  /** Cross-entropy of one prediction of a sequence that begins at {@code first}. */
  private double nats(TokenBatch batch, int first, int at) {
    int start = first + (batch.documentStarts() == null ? 0 : batch.documentStarts()[at]);
    NextToken.Distribution next = probabilities.after(batch.inputs(), start, at + 1);
    return -Math.log(next.of(batch.targets()[at]));
  }

  @Override
  public float[] logits(int count, int length, int[] ids) {
    TokenBatch batch = new TokenBatch(count, length, ids, ids);
    batch.check(settings.context(), Integer.MAX_VALUE, vocabulary());
    float[] all = new float[Math.multiplyExact(batch.tokens(), vocabulary())];
    for (int row = 0; row < batch.tokens(); row++) {
      int start = row / length * length;
      write(probabilities.after(ids, start, row + 1), all, row * vocabulary());
    }
    return all;
  }

  private void write(NextToken.Distribution next, float[] logits, int from) {
    for (int id = 0; id < vocabulary(); id++) {
      logits[from + id] = (float) Math.log(next.of(id));
    }
  }

  @Override
  public Decoder decoder(int sequences) {
    return new SeparateDecoders(sequences, CountDecoder::new);
  }

  /** Remembers the tokens that matter. */
  private final class CountDecoder implements SequenceDecoder {
    private final int[] recent = new int[Math.max(1, probabilities.history())];
    private final float[] logits = new float[vocabulary()];
    private int position;

    @Override
    public float[] append(int... tokens) {
      if (tokens.length == 0) {
        throw new IllegalArgumentException("decoder: expected at least one token to append");
      }
      TokenBatch.checkIds("decoder: input", tokens, tokens.length, vocabulary());
      for (int token : tokens) {
        System.arraycopy(recent, 1, recent, 0, recent.length - 1);
        recent[recent.length - 1] = token;
      }
      position += tokens.length;
      int from = recent.length - Math.min(position, recent.length);
      write(probabilities.after(recent, from, recent.length), logits, 0);
      return logits;
    }

    @Override
    public int position() {
      return position;
    }

    @Override
    public int capacity() {
      return Integer.MAX_VALUE;
    }

    @Override
    public void reset() {
      position = 0;
    }

    @Override
    public void close() {}
  }

  @Override
  public void close() {}
}
