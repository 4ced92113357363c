package org.kindling.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.kindling.kernels.Norm;

/** What {@link ModelSettings} refuses, each in one line. */
final class ModelChecks {
  private ModelChecks() {}

  /** A setting that a family either has, and then it is positive, or has not, and then it is 0. */
  static void positive(Family family, Family.Key key, int value) {
    if (family.has(key)) {
      positive(key, value);
    } else {
      foreign(family, key, value != 0);
    }
  }

  private static void positive(Family.Key key, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "model." + key.label() + ": expected at least 1, found " + value);
    }
  }

  /** Refuses a setting that a family does not have, if it was given. */
  static void foreign(Family family, Family.Key key, boolean given) {
    if (given) {
      throw ModelSettings.foreign(family, key.label());
    }
  }

  static void span(Family.Key key, int tokens, int context) {
    if (tokens > context) {
      throw new IllegalArgumentException(
          String.format(
              "model.context: %d tokens are shorter than model.%s %d; use a context of at least %d"
                  + " or a smaller %s",
              context, key.label(), tokens, tokens, key.label()));
    }
  }

  static void division(int width, int heads) {
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "model.heads: "
              + heads
              + " does not divide model.width "
              + width
              + "; use one of "
              + divisorsNear(width, heads)
              + ", or set model.headDim");
    }
  }

  static void attention(int heads, int kvHeads, int headDim, int window) {
    positive(Family.Key.KV_HEADS, kvHeads);
    positive(Family.Key.HEAD_DIM, headDim);
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "model.kvHeads: "
              + kvHeads
              + " does not divide model.heads "
              + heads
              + "; use one of "
              + divisorsNear(heads, kvHeads));
    }
    if (window < 0) {
      throw new IllegalArgumentException(
          "model.window: expected at least 1 token, or 0 for no window, found " + window);
    }
  }

  static void positions(Positions positions, int headDim, int width, double ropeTheta) {
    if (positions == Positions.ROTARY && headDim % 2 != 0) {
      throw new IllegalArgumentException(
          "model.headDim: rotary positions turn pairs of elements, found an odd head size of "
              + headDim
              + "; use an even one, or other model.positions");
    }
    if (positions == Positions.SINUSOIDAL && width % 2 != 0) {
      throw new IllegalArgumentException(
          "model.width: sinusoidal positions have a sine and a cosine each, found an odd width of "
              + width
              + "; use an even one, or other model.positions");
    }
    if (positions == Positions.ROTARY ? !(ropeTheta > 1) : ropeTheta != 0) {
      throw new IllegalArgumentException(
          "model.ropeTheta: "
              + (positions == Positions.ROTARY
                  ? "expected a number above 1, found " + ropeTheta
                  : "positions are " + positions.label() + ", which have none; leave it out"));
    }
  }

  static void numbers(int hidden, double normEpsilon, double softCap) {
    positive(Family.Key.HIDDEN, hidden);
    if (!(normEpsilon > 0) || normEpsilon > 1) {
      throw new IllegalArgumentException(
          "model.normEpsilon: expected above 0 and at most 1, found " + normEpsilon);
    }
    if (!(softCap >= 0) || softCap > 1e6) {
      throw new IllegalArgumentException(
          "model.softCap: expected a bound on logits, or 0 for none, found " + softCap);
    }
  }

  static void norm(String norm) {
    List<String> known = Arrays.stream(Norm.Kind.values()).map(Norm.Kind::label).toList();
    if (!known.contains(norm)) {
      throw new IllegalArgumentException(
          "model.norm: unknown '" + norm + "'; use one of " + String.join(", ", known));
    }
  }

  private static String divisorsNear(int number, int wanted) {
    List<Integer> divisors = new ArrayList<>();
    for (int d = 1; d <= number; d++) {
      if (number % d == 0) {
        divisors.add(d);
      }
    }
    divisors.sort(
        (a, b) ->
            Double.compare(
                Math.abs(Math.log((double) a / wanted)), Math.abs(Math.log((double) b / wanted))));
    return divisors.stream()
        .limit(3)
        .sorted()
        .map(String::valueOf)
        .collect(Collectors.joining(", "));
  }
}
