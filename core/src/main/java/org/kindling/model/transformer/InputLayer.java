package org.kindling.model.transformer;

import org.kindling.kernels.Arena;
import org.kindling.kernels.Embedding;
import org.kindling.kernels.Parameter;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.Positions;

/** The embeddings of tokens and, if they are added to them, of positions. */
final class InputLayer {
  private static final double SINUSOIDAL_BASE = 10000;

  private InputLayer() {}

  static void declareTokens(
      ParameterLayout.Builder builder, ModelSettings settings, int vocabulary) {
    declare(builder, Names.of(settings).tokens(), vocabulary, settings.width());
  }

  static void declarePositions(ParameterLayout.Builder builder, ModelSettings settings) {
    if (Positions.named(settings.positions()) == Positions.LEARNED) {
      declare(builder, Names.of(settings).positions(), settings.context(), settings.width());
    }
  }

  private static void declare(ParameterLayout.Builder builder, String module, int rows, int width) {
    builder.add(
        Names.weight(module),
        ParameterLayout.Role.EMBEDDING,
        ParameterLayout.Init.normal(Block.STANDARD_DEVIATION),
        rows,
        width);
  }

  /** Of a whole model. */
  static Embedding bind(ModelSettings settings, ParameterVectors vectors, Arena arena) {
    Parameter tokens = vectors.parameter(Names.weight(Names.of(settings).tokens()));
    return bind(settings, tokens, vectors, arena);
  }

  /**
   * @param tokens [any number, width], what token ids name rows of
   */
  static Embedding bind(
      ModelSettings settings, Parameter tokens, ParameterVectors vectors, Arena arena) {
    Parameter positions =
        switch (Positions.named(settings.positions())) {
          case LEARNED -> vectors.parameter(Names.weight(Names.of(settings).positions()));
          case SINUSOIDAL -> new Parameter(sinusoids(settings, arena), null);
          case ROTARY, NONE -> null;
        };
    return new Embedding(settings.width(), tokens, positions);
  }

  /**
   * [context, width], scaled to the init of token vectors, beside which sines of size 1 would be
   * all there is: element 2i of position p is σ · √2 · sin(p / 10000^(2i / width)), 2i + 1 its
   * cosine.
   */
  private static Tensor sinusoids(ModelSettings settings, Arena arena) {
    int width = settings.width();
    Tensor table = arena.take(Arena.Role.TABLE, (long) settings.context() * width);
    float[] row = new float[width];
    double scale = Block.STANDARD_DEVIATION * Math.sqrt(2);
    for (int position = 0; !arena.isCounting() && position < settings.context(); position++) {
      for (int i = 0; i < width; i += 2) {
        double angle = position * StrictMath.pow(SINUSOIDAL_BASE, -(double) i / width);
        row[i] = (float) (scale * StrictMath.sin(angle));
        row[i + 1] = (float) (scale * StrictMath.cos(angle));
      }
      table.write((long) position * width, row, 0, width);
    }
    return table;
  }
}
