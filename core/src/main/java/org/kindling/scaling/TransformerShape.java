package org.kindling.scaling;

/**
 * What of a transformer its FLOPs depend on, beyond the number of parameters. The feed-forward
 * layer is four times as wide as the model, as GPT-2's and Chinchilla's are.
 *
 * @param layers number of blocks
 * @param heads of attention
 * @param width of the residual stream; heads · size of a head
 * @param context tokens of a sequence
 * @param vocabulary entries
 */
public record TransformerShape(int layers, int heads, int width, int context, int vocabulary) {
  public TransformerShape {
    positive("layers", layers);
    positive("heads", heads);
    positive("width", width);
    positive("context", context);
    positive("vocabulary", vocabulary);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": found " + value + ", expected at least 1");
    }
  }

  int feedForwardWidth() {
    return 4 * width;
  }
}
