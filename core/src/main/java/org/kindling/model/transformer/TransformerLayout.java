package org.kindling.model.transformer;

import org.kindling.kernels.Parameter;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/** The order of a transformer's tensors: input, blocks, final norm, lm_head. */
final class TransformerLayout {
  private TransformerLayout() {}

  static ParameterLayout of(ModelSettings settings, int vocabulary) {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    InputLayer.declareTokens(builder, settings, vocabulary);
    InputLayer.declarePositions(builder, settings);
    Body.declare(builder, settings);
    if (!settings.tied()) {
      builder.add(
          Names.weight(Names.of(settings).lmHead()),
          ParameterLayout.Role.HEAD,
          ParameterLayout.Init.normal(Block.STANDARD_DEVIATION),
          vocabulary,
          settings.width());
    }
    return builder.build();
  }

  /** Everything but the embeddings of tokens. */
  static ParameterLayout ofBody(ModelSettings settings) {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    InputLayer.declarePositions(builder, settings);
    Body.declare(builder, settings);
    return builder.build();
  }

  /** [vocabulary, width] of a whole model; the token embedding if they are tied. */
  static Parameter lmHead(ModelSettings settings, ParameterVectors vectors) {
    Names names = Names.of(settings);
    return vectors.parameter(Names.weight(settings.tied() ? names.tokens() : names.lmHead()));
  }
}
