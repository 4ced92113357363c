package org.kindling.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The {@code model} section of a run's settings. A family has some of these settings; those that it
 * does not have are 0 or false.
 *
 * @param family label of a {@link Family}
 * @param layers blocks of a transformer, or recurrent layers on top of each other
 * @param heads attention heads; divides {@code width}
 * @param width of the residual stream; of token vectors and hidden states
 * @param context longest sequence in tokens
 * @param tied whether the unembedding is the token embedding
 * @param order of an n-gram model: tokens of an n-gram, the predicted one included
 * @param window tokens that a perceptron sees
 * @param hidden width of a perceptron's hidden layer
 * @param truncation tokens that gradients flow back through in a recurrent model
 */
public record ModelSettings(
    String family,
    int layers,
    int heads,
    int width,
    int context,
    boolean tied,
    int order,
    int window,
    int hidden,
    int truncation)
    implements java.io.Serializable {
  public static final ModelSettings DEFAULTS = defaults(Family.TRANSFORMER);

  public ModelSettings {
    Family kind = Family.named(family);
    check(kind, Family.Key.LAYERS, layers);
    check(kind, Family.Key.HEADS, heads);
    check(kind, Family.Key.WIDTH, width);
    check(kind, Family.Key.CONTEXT, context);
    check(kind, Family.Key.ORDER, order);
    check(kind, Family.Key.WINDOW, window);
    check(kind, Family.Key.HIDDEN, hidden);
    check(kind, Family.Key.TRUNCATION, truncation);
    if (tied && !kind.has(Family.Key.TIED)) {
      throw foreign(kind, Family.Key.TIED.label());
    }
    requireDivision(kind, width, heads);
    requireSpan(Family.Key.ORDER, order, context);
    requireSpan(Family.Key.WINDOW, window, context);
  }

  /** A transformer's settings. */
  public ModelSettings(String family, int layers, int heads, int width, int context, boolean tied) {
    this(family, layers, heads, width, context, tied, 0, 0, 0, 0);
  }

  /** What a family's settings are if none is given. */
  public static ModelSettings defaults(Family family) {
    return new ModelSettings(
        family.label(),
        family.defaultLayers(),
        family.has(Family.Key.HEADS) ? 4 : 0,
        family.has(Family.Key.WIDTH) ? 128 : 0,
        64,
        family.has(Family.Key.TIED),
        family.has(Family.Key.ORDER) ? 5 : 0,
        family.has(Family.Key.WINDOW) ? 8 : 0,
        family.has(Family.Key.HIDDEN) ? 256 : 0,
        family.has(Family.Key.TRUNCATION) ? 64 : 0);
  }

  /** The family that {@link #family} names. */
  public Family kind() {
    return Family.named(family);
  }

  /**
   * The same model in another size.
   *
   * @param heads ignored by families without
   * @throws IllegalArgumentException if the family comes in one size
   */
  public ModelSettings withShape(int layers, int heads, int width) {
    Family kind = kind();
    if (!kind.has(Family.Key.LAYERS) || !kind.has(Family.Key.WIDTH)) {
      throw new IllegalArgumentException(
          "model.family: "
              + family
              + " has no layers and width to choose shapes from; train it with kindling pretrain");
    }
    int split = kind.has(Family.Key.HEADS) ? heads : 0;
    return new ModelSettings(
        family, layers, split, width, context, tied, order, window, hidden, truncation);
  }

  /** The same model for sequences of another length. */
  public ModelSettings withContext(int length) {
    return new ModelSettings(
        family, layers, heads, width, length, tied, order, window, hidden, truncation);
  }

  /** What to say of a setting that a family does not have. */
  public static IllegalArgumentException foreign(Family family, String key) {
    String own = family.keys().stream().map(Family.Key::label).collect(Collectors.joining(", "));
    return new IllegalArgumentException(
        "model."
            + key
            + ": family "
            + family.label()
            + " has no such setting; it has "
            + own
            + "; leave it out or choose another model.family");
  }

  private static void check(Family family, Family.Key key, int value) {
    if (family.has(key)) {
      positive("model." + key.label(), value);
    } else if (value != 0) {
      throw foreign(family, key.label());
    }
  }

  private static void requireSpan(Family.Key key, int tokens, int context) {
    if (tokens > context) {
      throw new IllegalArgumentException(
          String.format(
              "model.context: %d tokens are shorter than model.%s %d; use a context of at least %d"
                  + " or a smaller %s",
              context, key.label(), tokens, tokens, key.label()));
    }
  }

  private static void requireDivision(Family family, int width, int heads) {
    if (family.has(Family.Key.HEADS) && width % heads != 0) {
      throw new IllegalArgumentException(
          "model.heads: "
              + heads
              + " does not divide model.width "
              + width
              + "; use one of "
              + divisorsNear(width, heads));
    }
  }

  private static void positive(String key, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(key + ": expected at least 1, found " + value);
    }
  }

  private static String divisorsNear(int width, int heads) {
    List<Integer> divisors = new ArrayList<>();
    for (int d = 1; d <= width; d++) {
      if (width % d == 0) {
        divisors.add(d);
      }
    }
    divisors.sort(
        (a, b) ->
            Double.compare(
                Math.abs(Math.log((double) a / heads)), Math.abs(Math.log((double) b / heads))));
    return divisors.stream()
        .limit(3)
        .sorted()
        .map(String::valueOf)
        .collect(Collectors.joining(", "));
  }
}
