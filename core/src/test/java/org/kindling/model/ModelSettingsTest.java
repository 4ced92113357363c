package org.kindling.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Norm;

class ModelSettingsTest {
  private static final String OWN =
      "; it has layers, width, context, truncation; leave it out or choose another model.family";

  @ParameterizedTest
  @CsvSource({
    "gpt2, learned, 0, layer, 1e-5, true, true, false, gelu, 1536",
    "llama, rotary, 10000, rms, 1e-5, false, false, false, swiglu, 1024",
    "qwen3, rotary, 10000, rms, 1e-6, false, false, true, swiglu, 1024",
    "modern, rotary, 10000, rms, 1e-6, false, false, true, relu2, 1536"
  })
  void anArchitectureSaysWhatIsNotGiven(
      String name,
      String positions,
      double ropeTheta,
      String norm,
      double epsilon,
      boolean attentionBias,
      boolean mlpBias,
      boolean qkNorm,
      String mlp,
      int hidden) {
    Architecture architecture = Architecture.named(name);
    ModelSettings found = architecture.settings(6, 6, 384, 256, architecture.isTied());
    ModelSettings expected =
        new ModelSettings(
            "transformer",
            name,
            6,
            6,
            6,
            64,
            384,
            hidden,
            256,
            positions,
            ropeTheta,
            norm,
            epsilon,
            attentionBias,
            mlpBias,
            qkNorm,
            0,
            mlp,
            name.equals("gpt2"),
            0,
            0,
            0);
    assertThat(found).isEqualTo(expected);
    assertThat(found.normKind().label()).isEqualTo(norm);
    assertThat(found.kind()).isEqualTo(Family.TRANSFORMER);
    assertThat(found.attentionHeads()).isEqualTo(new Heads(6, 6, 64, 0));
  }

  @Test
  void theDefaultIsASmallGpt2() {
    assertThat(ModelSettings.DEFAULTS)
        .isEqualTo(Architecture.GPT2.settings(4, 4, 128, 64, true))
        .isEqualTo(new ModelSettings("transformer", 4, 4, 128, 64, true));
    assertThat(ModelSettings.defaults(Architecture.QWEN3))
        .isEqualTo(Architecture.QWEN3.settings(4, 4, 128, 64, false));
  }

  /** 4 · width, or 8 / 3 · width to the nearest 16 where a gate makes three matrices of two. */
  @ParameterizedTest
  @CsvSource({
    "gelu, 5, 20",
    "relu2, 768, 3072",
    "swiglu, 384, 1024",
    "swiglu, 128, 336",
    "geglu, 768, 2048",
    "swiglu, 4096, 10928",
    "geglu, 9, 32",
    "swiglu, 1, 16"
  })
  void hiddenFollowsFromTheWidth(String mlp, int width, int hidden) {
    ModelSettings settings = ModelVariants.of("gpt2 heads=1 mlp=" + mlp + " width=" + width);
    assertThat(settings.hidden()).isEqualTo(hidden);
  }

  @Test
  void headsFollowFromEachOther() {
    ModelSettings grouped = ModelVariants.of("llama heads=6 kvHeads=2 width=48 window=5");
    assertThat(grouped.attentionHeads()).isEqualTo(new Heads(6, 2, 8, 5));
    ModelSettings wide = ModelVariants.of("qwen3 heads=5 width=12 headDim=8");
    assertThat(wide.attentionHeads()).isEqualTo(new Heads(5, 5, 8, 0));
    assertThat(wide.attentionHeads().queryWidth()).isEqualTo(40);
    assertThat(ModelVariants.of("llama ropeTheta=500000").ropeTheta()).isEqualTo(500_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt2 architecture=bert | model.architecture: unknown architecture 'bert'; use one of gpt2,"
            + " llama, qwen3, modern",
        "gpt2 layers=0 | model.layers: expected at least 1, found 0",
        "gpt2 heads=-1 | model.heads: expected at least 1, found -1",
        "gpt2 width=0 | model.width: expected at least 1, found 0",
        "gpt2 context=0 | model.context: expected at least 1, found 0",
        "gpt2 heads=5 width=384 | model.heads: 5 does not divide model.width 384; use one of 4, 6, 8,"
            + " or set model.headDim",
        "gpt2 kvHeads=-2 | model.kvHeads: expected at least 1, found -2",
        "gpt2 headDim=-2 | model.headDim: expected at least 1, found -2",
        "gpt2 heads=6 kvHeads=4 width=12 | model.kvHeads: 4 does not divide model.heads 6; use one of"
            + " 2, 3, 6",
        "gpt2 window=-1 | model.window: expected at least 1 token, or 0 for no window, found -1",
        "gpt2 positions=alibi | model.positions: unknown 'alibi'; use one of learned, sinusoidal,"
            + " rotary, none",
        "llama headDim=5 | model.headDim: rotary positions turn pairs of elements, found an odd head"
            + " size of 5; use an even one, or other model.positions",
        "gpt2 positions=sinusoidal width=9 | model.width: sinusoidal positions have a sine and a"
            + " cosine each, found an odd width of 9; use an even one, or other model.positions",
        "llama ropeTheta=1 | model.ropeTheta: expected a number above 1, found 1.0",
        "llama ropeTheta=NaN | model.ropeTheta: expected a number above 1, found NaN",
        "gpt2 ropeTheta=100 | model.ropeTheta: positions are learned, which have none; leave it out",
        "gpt2 hidden=-3 | model.hidden: expected at least 1, found -3",
        "gpt2 normEpsilon=0 | model.normEpsilon: expected above 0 and at most 1, found 0.0",
        "gpt2 normEpsilon=NaN | model.normEpsilon: expected above 0 and at most 1, found NaN",
        "gpt2 normEpsilon=1.5 | model.normEpsilon: expected above 0 and at most 1, found 1.5",
        "gpt2 softCap=-1 | model.softCap: expected a bound on logits, or 0 for none, found -1.0",
        "gpt2 softCap=NaN | model.softCap: expected a bound on logits, or 0 for none, found NaN",
        "gpt2 norm=batch | model.norm: unknown 'batch'; use one of layer, rms",
        "gpt2 mlp=relu | model.mlp: unknown 'relu'; use one of gelu, relu2, swiglu, geglu",
        "gpt2 mlp=relu hidden=7 | model.mlp: unknown 'relu'; use one of gelu, relu2, swiglu, geglu",
      })
  void refusesWhatNoTransformerHas(String variant, String message) {
    assertThatThrownBy(() -> ModelVariants.of(variant))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  /** Order and truncation are of other families. */
  @ParameterizedTest
  @CsvSource({"order", "truncation"})
  void refusesSettingsOfOtherFamilies(String key) {
    assertThatThrownBy(() -> ModelVariants.of("gpt2 " + key + "=3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "model."
                + key
                + ": family transformer has no such setting; it has architecture, layers, heads,"
                + " kvHeads, headDim, width, hidden, context, positions, ropeTheta, norm,"
                + " normEpsilon, attentionBias, mlpBias, qkNorm, window, mlp, tied, softCap; leave"
                + " it out or choose another model.family");
  }

  @ParameterizedTest
  @CsvSource({
    "architecture=gpt2, architecture",
    "heads=2, heads",
    "kvHeads=2, kvHeads",
    "headDim=2, headDim",
    "positions=none, positions",
    "ropeTheta=10, ropeTheta",
    "norm=rms, norm",
    "normEpsilon=0.1, normEpsilon",
    "attentionBias=true, attentionBias",
    "mlpBias=true, mlpBias",
    "qkNorm=true, qkNorm",
    "mlp=gelu, mlp",
    "tied=true, tied",
    "softCap=5, softCap",
    "order=3, order",
    "window=3, window",
    "hidden=3, hidden"
  })
  void otherFamiliesHaveNoneOfATransformersSettings(String change, String key) {
    assertThatThrownBy(() -> ModelVariants.changed(ModelSettings.defaults(Family.RNN), change))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("model." + key + ": family rnn has no such setting" + OWN);
  }

  @Test
  void aWindowOfAnMlpOrAnOrderFitsTheContext() {
    assertThatThrownBy(() -> new ModelSettings(Family.MLP, 0, 8, 4, 0, 5, 8, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "model.context: 4 tokens are shorter than model.window 5; use a context of at least 5 or"
                + " a smaller window");
    assertThatThrownBy(() -> new ModelSettings(Family.NGRAM, 0, 0, 4, 6, 0, 0, 0))
        .hasMessage(
            "model.context: 4 tokens are shorter than model.order 6; use a context of at least 6 or"
                + " a smaller order");
    assertThatThrownBy(() -> new ModelSettings(Family.MLP, 0, 8, 4, 0, 0, 8, 0))
        .hasMessage("model.window: expected at least 1, found 0");
    assertThatThrownBy(() -> new ModelSettings(Family.MLP, 0, 8, 4, 0, 2, 0, 0))
        .hasMessage("model.hidden: expected at least 1, found 0");
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void everyFamilyHasDefaults(Family family) {
    assertThat(ModelSettings.defaults(family).kind()).isEqualTo(family);
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void anotherShapeIsTheArchitectureInThatShape(Architecture architecture) {
    ModelSettings small = architecture.settings(2, 2, 64, 32, true);
    assertThat(small.withShape(6, 3, 96)).isEqualTo(architecture.settings(6, 3, 96, 32, true));
    assertThat(small.withContext(100)).isEqualTo(architecture.settings(2, 2, 64, 100, true));
  }

  @Test
  void anotherShapeKeepsWhatWasChosen() {
    ModelSettings chosen =
        ModelVariants.of(
            "qwen3 heads=4 kvHeads=2 headDim=10 width=32 hidden=50 window=3 softCap=7 ropeTheta=99");
    ModelSettings found = chosen.withShape(3, 6, 48);
    assertThat(found)
        .isEqualTo(
            ModelVariants.of(
                "qwen3 layers=3 heads=6 kvHeads=2 headDim=10 width=48 hidden=50 window=3 softCap=7"
                    + " ropeTheta=99"));
    assertThatThrownBy(() -> chosen.withShape(3, 5, 48))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("model.kvHeads: 2 does not divide model.heads 5; use one of 1, 5");
    assertThatThrownBy(() -> ModelSettings.defaults(Family.BIGRAM).withShape(1, 1, 8))
        .hasMessage(
            "model.family: bigram has no layers and width to choose shapes from; train it with"
                + " kindling pretrain");
    ModelSettings recurrent = new ModelSettings(Family.LSTM, 2, 16, 40, 0, 0, 0, 20);
    assertThat(recurrent.withShape(3, 7, 24))
        .isEqualTo(new ModelSettings(Family.LSTM, 3, 24, 40, 0, 0, 0, 20));
  }

  @Test
  void normsAreNamed() {
    assertThat(ModelVariants.of("gpt2 norm=rms").normKind()).isEqualTo(Norm.Kind.RMS);
    assertThat(Positions.named("sinusoidal").isAdded()).isTrue();
    assertThat(Positions.named("rotary").isAdded()).isFalse();
  }
}
