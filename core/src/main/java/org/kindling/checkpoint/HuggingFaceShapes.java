package org.kindling.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.kindling.kernels.Activation;
import org.kindling.kernels.Norm;
import org.kindling.model.Architecture;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.model.Positions;

/** Kindling's settings of a model as HuggingFace's {@code config.json}, and back. */
public final class HuggingFaceShapes {
  private HuggingFaceShapes() {}

  /** The ids that begin and end texts. */
  public record TextIds(OptionalInt bos, List<Integer> eos) {
    public TextIds {
      eos = List.copyOf(eos);
    }

    /** One token both begins and ends texts, if there is one. */
    public static TextIds of(OptionalInt endOfText) {
      return new TextIds(endOfText, endOfText.stream().boxed().toList());
    }
  }

  /**
   * Why no class of transformers computes this model; empty if one does, and then {@link #config}
   * describes it.
   */
  public static List<String> obstacles(ModelSettings model, int vocabulary) {
    List<String> found = new ArrayList<>();
    if (model.kind() != Family.TRANSFORMER) {
      found.add("is of family " + model.family());
      return found;
    }
    Architecture architecture = Architecture.named(model.architecture());
    if (architecture == Architecture.MODERN) {
      found.add("is of architecture " + model.architecture());
      return found;
    }
    Positions expected = architecture == Architecture.GPT2 ? Positions.LEARNED : Positions.ROTARY;
    if (Positions.named(model.positions()) != expected) {
      found.add("has positions " + model.positions());
    }
    if (model.softCap() > 0) {
      found.add("has a soft cap on logits");
    }
    if (found.isEmpty()) {
      TextIds none = TextIds.of(OptionalInt.empty());
      found.addAll(config(model, vocabulary, none).obstacles());
    }
    return found;
  }

  /** A model without {@link #obstacles}. */
  public static HuggingFaceConfig config(ModelSettings model, int vocabulary, TextIds ids) {
    boolean layer = model.normKind() == Norm.Kind.LAYER;
    return new HuggingFaceConfig(
        HuggingFaceConfig.ModelType.valueOf(Architecture.named(model.architecture()).name()),
        vocabulary,
        model.context(),
        model.layers(),
        model.width(),
        new HuggingFaceConfig.Norm(
            layer ? HuggingFaceConfig.NormKind.LAYER : HuggingFaceConfig.NormKind.RMS,
            model.normEpsilon()),
        new HuggingFaceConfig.Attention(
            model.heads(),
            model.kvHeads(),
            model.headDim(),
            model.attentionBias(),
            model.qkNorm(),
            model.ropeTheta(),
            model.window()),
        new HuggingFaceConfig.Mlp(
            HuggingFaceConfig.MlpKind.valueOf(Activation.named("model.mlp", model.mlp()).name()),
            model.hidden(),
            model.mlpBias()),
        model.tied(),
        ids.bos(),
        ids.eos());
  }

  /** The settings that a {@code config.json} means. */
  public static ModelSettings settings(HuggingFaceConfig config) {
    Architecture architecture = Architecture.valueOf(config.modelType().name());
    HuggingFaceConfig.Attention attention = config.attention();
    boolean layer = config.norm().kind() == HuggingFaceConfig.NormKind.LAYER;
    boolean rotary = attention.rotaryTheta() > 0;
    return new ModelSettings(
        Family.TRANSFORMER.label(),
        architecture.label(),
        config.layers(),
        attention.heads(),
        attention.kvHeads(),
        attention.headDim(),
        config.width(),
        config.mlp().hidden(),
        config.context(),
        (rotary ? Positions.ROTARY : Positions.LEARNED).label(),
        attention.rotaryTheta(),
        (layer ? Norm.Kind.LAYER : Norm.Kind.RMS).label(),
        config.norm().epsilon(),
        attention.bias(),
        config.mlp().bias(),
        attention.qkNorm(),
        attention.slidingWindow(),
        Activation.valueOf(config.mlp().kind().name()).label(),
        config.tied(),
        0,
        0,
        0);
  }
}
