package org.kindling.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The {@code model} section of a run's settings.
 *
 * @param family {@code transformer}
 * @param layers number of blocks
 * @param heads attention heads; divides {@code width}
 * @param width of the residual stream
 * @param context longest sequence in tokens
 * @param tied whether the unembedding is the token embedding
 */
public record ModelSettings(
    String family, int layers, int heads, int width, int context, boolean tied)
    implements java.io.Serializable {
  public static final ModelSettings DEFAULTS =
      new ModelSettings("transformer", 4, 4, 128, 64, true);

  public ModelSettings {
    if (!"transformer".equals(family)) {
      throw new IllegalArgumentException(
          "model.family: unknown family '" + family + "'; use transformer");
    }
    positive("model.layers", layers);
    positive("model.heads", heads);
    positive("model.width", width);
    positive("model.context", context);
    if (width % heads != 0) {
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
