package org.kindling.model.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.Family;
import org.kindling.model.LanguageModel;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;
import org.nd4j.linalg.api.buffer.DataType;

/** The DL4J families as language models. */
class RecurrentModelTest {
  private static final int VOCABULARY = 7;
  private static final int LENGTH = 6;
  private static final int SEQUENCES = 2;
  private static final Kernels KERNELS = Kernels.named("vector");

  @AfterAll
  static void close() {
    KERNELS.close();
  }

  private static ModelSettings settings(Family family) {
    return settings(family, LENGTH);
  }

  private static ModelSettings settings(Family family, int truncation) {
    return new ModelSettings(
        family,
        family.has(Family.Key.LAYERS) ? 2 : 0,
        4,
        LENGTH,
        0,
        family.has(Family.Key.WINDOW) ? 3 : 0,
        family.has(Family.Key.HIDDEN) ? 5 : 0,
        family.has(Family.Key.TRUNCATION) ? truncation : 0);
  }

  private static RecurrentModel model(ModelSettings settings, DataType type) {
    RecurrentModel model = new RecurrentModel(settings, VOCABULARY, SEQUENCES, KERNELS, type);
    model.initialize(7);
    return model;
  }

  private static TokenBatch batch() {
    Random random = new Random(3);
    int[] text = random.ints(SEQUENCES * LENGTH + 1, 0, VOCABULARY).toArray();
    int[] targets = new int[SEQUENCES * LENGTH];
    System.arraycopy(text, 1, targets, 0, targets.length);
    return new TokenBatch(SEQUENCES, LENGTH, text, targets);
  }

  private static float[] read(Tensor tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void gradientsAreFiniteDifferences(Family family) {
    try (RecurrentModel model = model(settings(family), DataType.DOUBLE)) {
      TokenBatch batch = batch();
      spread(model);
      model.gradients().clear();
      model.lossAndGradient(batch, 1f / batch.tokens());
      float[] gradients = read(model.gradients());
      for (ParameterLayout.Entry entry : model.layout().entries()) {
        for (int i = 0; i < entry.elements(); i += 5) {
          long at = entry.offset() + i;
          assertThat((double) gradients[(int) at])
              .as("%s %s[%d]", family, entry.name(), i)
              .isCloseTo(slope(model, batch, at), within(1e-6));
        }
      }
    }
  }

  /** Away from the start, where some gradients are nearly zero. */
  private static void spread(LanguageModel model) {
    float[] values = read(model.parameters());
    Random random = new Random(5);
    for (ParameterLayout.Entry entry : model.layout().entries()) {
      for (int i = 0; i < entry.elements(); i++) {
        values[(int) entry.offset() + i] += (float) (0.3 * random.nextGaussian());
      }
    }
    model.parameters().write(0, values, 0, values.length);
  }

  private static double slope(LanguageModel model, TokenBatch batch, long at) {
    float[] value = new float[1];
    model.parameters().read(at, value, 0, 1);
    float up = value[0] + 0x1p-11f;
    float down = value[0] - 0x1p-11f;
    model.parameters().write(at, new float[] {up}, 0, 1);
    double above = model.lossAndGradient(batch, 1f / batch.tokens()).mean();
    model.parameters().write(at, new float[] {down}, 0, 1);
    double below = model.lossAndGradient(batch, 1f / batch.tokens()).mean();
    model.parameters().write(at, value, 0, 1);
    return (above - below) / ((double) up - down);
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void lossIsTheSameWithAndWithoutGradients(Family family) {
    try (RecurrentModel model = model(settings(family), DataType.FLOAT)) {
      double trained = model.lossAndGradient(batch(), 1f / batch().tokens()).mean();
      assertThat(model.loss(batch()).mean()).isCloseTo(trained, within(1e-5));
      assertThat(trained).isBetween(1.5, 2.6);
    }
  }

  /** The state is carried over; only gradients stop at a segment's beginning. */
  @ParameterizedTest
  @EnumSource(names = {"RNN", "LSTM"})
  void segmentsGoOnFromTheStateBefore(Family family) {
    try (RecurrentModel whole = model(settings(family), DataType.DOUBLE);
        RecurrentModel cut = model(settings(family, 4), DataType.DOUBLE)) {
      double expected = whole.lossAndGradient(batch(), 1f / batch().tokens()).mean();
      assertThat(cut.lossAndGradient(batch(), 1f / batch().tokens()).mean())
          .isCloseTo(expected, within(1e-12));
      assertThat(read(cut.gradients())).isNotEqualTo(read(whole.gradients()));
      double again = cut.lossAndGradient(batch(), 1f / batch().tokens()).mean();
      assertThat(again)
          .as("nothing is carried to the next batch")
          .isEqualTo(expected, within(1e-12));
    }
  }

  /** Truncated gradients by hand: those of the second segment alone, its first state held fixed. */
  @Test
  void gradientsOfTheOutputLayerDoNotDependOnTruncation() {
    try (RecurrentModel whole = model(settings(Family.LSTM), DataType.DOUBLE);
        RecurrentModel cut = model(settings(Family.LSTM, 2), DataType.DOUBLE)) {
      whole.lossAndGradient(batch(), 1f / batch().tokens());
      cut.lossAndGradient(batch(), 1f / batch().tokens());
      ParameterLayout.Entry output = whole.layout().entry("output.weight");
      float[] expected = new float[(int) output.elements()];
      float[] found = new float[expected.length];
      whole.gradients().read(output.offset(), expected, 0, expected.length);
      cut.gradients().read(output.offset(), found, 0, found.length);
      assertThat(found).containsExactly(expected, within(1e-7f));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void sameSeedGivesTheSameBits(Family family) {
    try (RecurrentModel a = model(settings(family, 4), DataType.FLOAT);
        RecurrentModel b = model(settings(family, 4), DataType.FLOAT)) {
      double first = a.lossAndGradient(batch(), 0.5f / batch().tokens()).mean();
      b.loss(batch());
      assertThat(b.lossAndGradient(batch(), 0.5f / batch().tokens()).mean()).isEqualTo(first);
      assertThat(read(b.gradients())).isEqualTo(read(a.gradients()));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void decoderAgreesWithWholeSequences(Family family) {
    try (RecurrentModel model = model(settings(family), DataType.FLOAT);
        LanguageModel.Decoder decoder = model.decoder(1)) {
      int[] text = {3, 1, 4, 1, 5, 2};
      float[] all = model.logits(1, text.length, text);
      decoder.appendTo(0, 6, 6);
      decoder.reset(0);
      decoder.appendTo(0, text[0], text[1]);
      for (int t = 2; t < text.length; t++) {
        double[] found = probabilities(decoder.appendTo(0, text[t]), 0);
        assertThat(found).containsExactly(probabilities(all, t * VOCABULARY), within(1e-5));
        assertThat(decoder.position(0)).isEqualTo(t + 1);
      }
    }
  }

  private static double[] probabilities(float[] logits, int from) {
    double[] p = new double[VOCABULARY];
    double sum = 0;
    for (int i = 0; i < VOCABULARY; i++) {
      p[i] = Math.exp(logits[from + i]);
      sum += p[i];
    }
    for (int i = 0; i < VOCABULARY; i++) {
      p[i] /= sum;
    }
    return p;
  }

  /** The gradient of a token's vector is that of a table in which only this token has it. */
  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void inputGradientsAreFiniteDifferences(Family family) {
    ModelSettings settings = settings(family);
    try (RecurrentModel model = model(settings, DataType.DOUBLE)) {
      int[] text = {0, 1, 2, 3, 4, 5};
      int[] targets = {1, 2, 3, 4, 5, 6};
      double[] norms = model.inputGradientNorms(new TokenBatch(1, LENGTH, text, targets));
      for (int t = 0; t < LENGTH; t++) {
        double squares = 0;
        for (int unit = 0; unit < settings.width(); unit++) {
          double slope = lastSlope(model, text, unit * VOCABULARY + text[t]);
          squares += slope * slope;
        }
        assertThat(norms[t])
            .as("%s, token %d", family, t)
            .isCloseTo(Math.sqrt(squares), within(1e-5));
      }
    }
  }

  /** Of the loss of the last position: the difference of sums over sequences with and without. */
  private static double lastSlope(RecurrentModel model, int[] text, long at) {
    float[] value = new float[1];
    model.parameters().read(at, value, 0, 1);
    float up = value[0] + 0x1p-13f;
    float down = value[0] - 0x1p-13f;
    model.parameters().write(at, new float[] {up}, 0, 1);
    double above = lastLoss(model, text);
    model.parameters().write(at, new float[] {down}, 0, 1);
    double below = lastLoss(model, text);
    model.parameters().write(at, value, 0, 1);
    return (above - below) / ((double) up - down);
  }

  private static double lastLoss(RecurrentModel model, int[] text) {
    int[] targets = {1, 2, 3, 4, 5, 6};
    double all = model.loss(new TokenBatch(1, LENGTH, text, targets)).mean() * LENGTH;
    return all - model.loss(new TokenBatch(1, LENGTH - 1, text, targets)).mean() * (LENGTH - 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void configurationSurvivesJson(Family family) {
    MultiLayerConfiguration written = Networks.configuration(settings(family), VOCABULARY);
    MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(written.toJson());
    assertThat(read.toJson()).isEqualTo(written.toJson());
    MultiLayerNetwork network = new MultiLayerNetwork(read);
    network.init();
    assertThat(network.numParams())
        .isEqualTo(RecurrentModel.layout(settings(family), VOCABULARY).parameters());
  }

  @Test
  void layoutIsThatOfTheNetwork() {
    try (RecurrentModel model = model(settings(Family.LSTM), DataType.FLOAT)) {
      MultiLayerNetwork network =
          new MultiLayerNetwork(Networks.configuration(settings(Family.LSTM), VOCABULARY));
      network.init();
      long[] lengths = network.paramTable().values().stream().mapToLong(p -> p.length()).toArray();
      assertThat(model.layout().entries().stream().mapToLong(ParameterLayout.Entry::elements))
          .containsExactly(java.util.stream.LongStream.of(lengths).boxed().toArray(Long[]::new));
    }
  }

  @Test
  void refusesWhatItWasNotMadeFor() {
    try (RecurrentModel model = model(settings(Family.RNN), DataType.FLOAT);
        LanguageModel.Decoder decoder = model.decoder(1)) {
      int[] ids = new int[3 * LENGTH];
      assertThatThrownBy(() -> model.loss(new TokenBatch(3, LENGTH, ids, ids)))
          .hasMessageContaining("at most 2");
      assertThatThrownBy(() -> model.loss(new TokenBatch(1, LENGTH + 1, ids, ids)))
          .hasMessageContaining("model.context is 6");
      ids[1] = VOCABULARY;
      assertThatThrownBy(() -> model.lossAndGradient(new TokenBatch(1, 2, ids, ids), 1f))
          .hasMessageContaining("input token 1: id 7 is outside the vocabulary");
      assertThatThrownBy(() -> decoder.appendTo(0)).hasMessageContaining("at least one token");
    }
  }
}
