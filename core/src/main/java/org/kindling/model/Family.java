package org.kindling.model;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The kinds of models, in the order in which a course on language models meets them, and the
 * settings that each has.
 */
public enum Family {
  UNIGRAM("unigram", 0, Key.CONTEXT),
  BIGRAM("bigram", 0, Key.CONTEXT),
  NGRAM("ngram", 0, Key.CONTEXT, Key.ORDER),
  MLP("mlp", 0, Key.WIDTH, Key.CONTEXT, Key.WINDOW, Key.HIDDEN),
  RNN("rnn", 1, Key.LAYERS, Key.WIDTH, Key.CONTEXT, Key.TRUNCATION),
  LSTM("lstm", 1, Key.LAYERS, Key.WIDTH, Key.CONTEXT, Key.TRUNCATION),
  RNN_ATTENTION("rnn-attention", 1, Key.LAYERS, Key.WIDTH, Key.CONTEXT),
  TRANSFORMER(
      "transformer",
      4,
      Key.ARCHITECTURE,
      Key.LAYERS,
      Key.HEADS,
      Key.KV_HEADS,
      Key.HEAD_DIM,
      Key.WIDTH,
      Key.HIDDEN,
      Key.CONTEXT,
      Key.POSITIONS,
      Key.ROPE_THETA,
      Key.NORM,
      Key.NORM_EPSILON,
      Key.ATTENTION_BIAS,
      Key.MLP_BIAS,
      Key.QK_NORM,
      Key.WINDOW,
      Key.MLP,
      Key.TIED,
      Key.SOFT_CAP);

  /** A setting below {@code model} that some family has; {@code family} itself every one has. */
  public enum Key {
    ARCHITECTURE("architecture"),
    LAYERS("layers"),
    HEADS("heads"),
    KV_HEADS("kvHeads"),
    HEAD_DIM("headDim"),
    WIDTH("width"),
    HIDDEN("hidden"),
    CONTEXT("context"),
    POSITIONS("positions"),
    ROPE_THETA("ropeTheta"),
    NORM("norm"),
    NORM_EPSILON("normEpsilon"),
    ATTENTION_BIAS("attentionBias"),
    MLP_BIAS("mlpBias"),
    QK_NORM("qkNorm"),
    WINDOW("window"),
    MLP("mlp"),
    TIED("tied"),
    SOFT_CAP("softCap"),
    ORDER("order"),
    TRUNCATION("truncation");

    private final String label;

    Key(String label) {
      this.label = label;
    }

    /** As settings files write it. */
    public String label() {
      return label;
    }
  }

  private final String label;
  private final int defaultLayers;
  private final List<Key> keys;

  Family(String label, int defaultLayers, Key... keys) {
    this.label = label;
    this.defaultLayers = defaultLayers;
    this.keys = List.of(keys);
  }

  /** As settings files write it. */
  public String label() {
    return label;
  }

  /** The settings that it has. */
  public List<Key> keys() {
    return keys;
  }

  public boolean has(Key key) {
    return keys.contains(key);
  }

  /** Whether it is counted in one pass rather than trained by gradients. */
  public boolean isCounted() {
    return this == UNIGRAM || this == BIGRAM || this == NGRAM;
  }

  /** Whether it carries a hidden state from token to token. */
  public boolean isRecurrent() {
    return this == RNN || this == LSTM || this == RNN_ATTENTION;
  }

  /** Whether a network of DL4J computes it, rather than the kernels. */
  public boolean isNetwork() {
    return this == MLP || isRecurrent();
  }

  int defaultLayers() {
    return defaultLayers;
  }

  /** All names, for messages. */
  public static String labels() {
    return Arrays.stream(values()).map(Family::label).collect(Collectors.joining(", "));
  }

  /**
   * @throws IllegalArgumentException naming the families there are
   */
  public static Family named(String label) {
    return Arrays.stream(values())
        .filter(family -> family.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "model.family: unknown family '" + label + "'; use one of " + labels()));
  }
}
