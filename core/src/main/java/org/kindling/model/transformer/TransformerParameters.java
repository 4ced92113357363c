package org.kindling.model.transformer;

import java.util.ArrayList;
import java.util.List;
import org.kindling.kernels.Embedding;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.LayerNorm;
import org.kindling.kernels.Linear;
import org.kindling.kernels.Parameter;
import org.kindling.kernels.Tensor;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/** The flat vectors of parameters and gradients, and every layer's views of them. */
final class TransformerParameters implements AutoCloseable {
  /**
   * One block's layers.
   *
   * @param attention [width, 3 · width] to query, key and value
   * @param expansion [width, 4 · width]
   * @param contraction [4 · width, width]
   */
  record Block(
      LayerNorm attentionNorm,
      Linear attention,
      Linear attentionProjection,
      LayerNorm mlpNorm,
      Linear expansion,
      Linear contraction) {}

  final ParameterLayout layout;
  final Tensor values;
  final Tensor gradients;
  final List<Block> blocks;
  final LayerNorm finalNorm;

  private final int width;

  /**
   * @param layout of a whole model, or of {@link TransformerBody} alone
   */
  TransformerParameters(ParameterLayout layout, ModelSettings settings, Kernels kernels) {
    this.layout = layout;
    width = settings.width();
    values = kernels.allocate(layout.size());
    gradients = kernels.allocate(layout.size());
    List<Block> all = new ArrayList<>();
    for (int layer = 0; layer < settings.layers(); layer++) {
      all.add(block(layer));
    }
    blocks = List.copyOf(all);
    finalNorm = norm(TensorNames.FINAL_NORM);
  }

  /** Of a whole model. */
  Embedding embedding() {
    return embedding(parameter(TensorNames.weight(TensorNames.TOKENS)));
  }

  /**
   * @param tokens [any number, width], what token ids name rows of
   */
  Embedding embedding(Parameter tokens) {
    return new Embedding(width, tokens, parameter(TensorNames.weight(TensorNames.POSITIONS)));
  }

  /** [vocabulary, width] of a whole model; the token embedding if they are tied. */
  Parameter unembedding(boolean tied) {
    return parameter(TensorNames.weight(tied ? TensorNames.TOKENS : TensorNames.UNEMBEDDING));
  }

  private Block block(int layer) {
    int hidden = TensorNames.EXPANSION_FACTOR * width;
    return new Block(
        norm(TensorNames.inBlock(layer, TensorNames.ATTENTION_NORM)),
        linear(TensorNames.inBlock(layer, TensorNames.ATTENTION), width, 3 * width),
        linear(TensorNames.inBlock(layer, TensorNames.ATTENTION_PROJECTION), width, width),
        norm(TensorNames.inBlock(layer, TensorNames.MLP_NORM)),
        linear(TensorNames.inBlock(layer, TensorNames.EXPANSION), width, hidden),
        linear(TensorNames.inBlock(layer, TensorNames.CONTRACTION), hidden, width));
  }

  private LayerNorm norm(String module) {
    Parameter gain = parameter(TensorNames.weight(module));
    return new LayerNorm(width, gain, parameter(TensorNames.bias(module)));
  }

  private Linear linear(String module, int inputs, int outputs) {
    Parameter weight = parameter(TensorNames.weight(module));
    return new Linear(inputs, outputs, weight, parameter(TensorNames.bias(module)));
  }

  private Parameter parameter(String name) {
    ParameterLayout.Entry entry = layout.entry(name);
    return new Parameter(
        values.slice(entry.offset(), entry.elements()),
        gradients.slice(entry.offset(), entry.elements()));
  }

  @Override
  public void close() {
    values.close();
    gradients.close();
  }
}
