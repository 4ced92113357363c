package org.kindling.model.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;
import org.nd4j.linalg.api.buffer.DataType;

/** Weights and documents in the DL4J families, in double precision. */
class RecurrentDocumentsTest {
  private static final int VOCABULARY = 7;
  private static final int LENGTH = 9;
  private static final int TRUNCATION = 3;
  private static final Kernels KERNELS = Kernels.named("vector");

  /** Documents of 4, 1 and 4, of 9, and of 1, 3 and 5: more rows than the model takes at once. */
  private static final int[] STARTS = {
    0, 0, 0, 0, 4, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4, 4, 4, 4, 4
  };

  private static final float[] WEIGHTS = {
    1, 2, 1, 0, 0, 1, 0.5f, 1, 0, 1, 1, 1, 1, 3, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0.25f, 1
  };

  @AfterAll
  static void close() {
    KERNELS.close();
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

  private static RecurrentModel model(Family family, int truncation) {
    RecurrentModel model =
        new RecurrentModel(settings(family, truncation), VOCABULARY, 3, KERNELS, DataType.DOUBLE);
    model.initialize(7);
    float[] values = read(model.parameters());
    Random random = new Random(5);
    for (ParameterLayout.Entry entry : model.layout().entries()) {
      for (int i = 0; i < entry.elements(); i++) {
        values[(int) entry.offset() + i] += (float) (0.3 * random.nextGaussian());
      }
    }
    model.parameters().write(0, values, 0, values.length);
    return model;
  }

  private static TokenBatch batch(float[] weights, int[] starts) {
    Random random = new Random(3);
    int[] inputs = random.ints(3 * LENGTH, 0, VOCABULARY).toArray();
    int[] targets = random.ints(3 * LENGTH, 0, VOCABULARY).toArray();
    return new TokenBatch(3, LENGTH, inputs, targets, weights, starts);
  }

  private static float[] read(Tensor tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  private static float[] gradients(RecurrentModel model, TokenBatch... batches) {
    model.gradients().clear();
    for (TokenBatch batch : batches) {
      model.lossAndGradient(batch, 0.1f);
    }
    return read(model.gradients());
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void gradientsOfWeightedDocumentsAreFiniteDifferences(Family family) {
    try (RecurrentModel model = model(family, LENGTH)) {
      TokenBatch batch = batch(WEIGHTS, STARTS);
      float[] gradients = gradients(model, batch);
      for (ParameterLayout.Entry entry : model.layout().entries()) {
        for (int i = 0; i < entry.elements(); i += 5) {
          long at = entry.offset() + i;
          assertThat((double) gradients[(int) at])
              .as("%s %s[%d]", family, entry.name(), i)
              .isCloseTo(0.1 * slope(model, batch, at), within(2e-6));
        }
      }
    }
  }

  private static double slope(RecurrentModel model, TokenBatch batch, long at) {
    float[] value = new float[1];
    model.parameters().read(at, value, 0, 1);
    float up = value[0] + 0x1p-12f;
    float down = value[0] - 0x1p-12f;
    model.parameters().write(at, new float[] {up}, 0, 1);
    double above = model.loss(batch).sum();
    model.parameters().write(at, new float[] {down}, 0, 1);
    double below = model.loss(batch).sum();
    model.parameters().write(at, value, 0, 1);
    return (above - below) / ((double) up - down);
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void lossIsTheSameWithAndWithoutGradients(Family family) {
    try (RecurrentModel model = model(family, TRUNCATION)) {
      for (int[] starts : new int[][] {null, STARTS}) {
        for (float[] weights : new float[][] {null, WEIGHTS}) {
          TokenBatch batch = batch(weights, starts);
          WeightedLoss trained = model.lossAndGradient(batch, 1f);
          WeightedLoss scored = model.loss(batch);
          assertThat(scored.sum()).isCloseTo(trained.sum(), within(1e-9));
          assertThat(scored.weight()).isEqualTo(trained.weight()).isEqualTo(batch.weight());
        }
      }
    }
  }

  /** Truncation too: segments begin with the document, not with the sequence. */
  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void documentsInOneSequenceLearnAsSequencesOfTheirOwn(Family family) {
    try (RecurrentModel model = model(family, TRUNCATION)) {
      TokenBatch batch = batch(WEIGHTS, STARTS);
      List<int[]> spans =
          List.of(
              new int[] {0, 4},
              new int[] {4, 5},
              new int[] {5, 9},
              new int[] {9, 18},
              new int[] {18, 19},
              new int[] {19, 22},
              new int[] {22, 27});
      TokenBatch[] alone =
          spans.stream().map(s -> part(batch, s[0], s[1])).toArray(TokenBatch[]::new);
      assertThat(gradients(model, batch)).containsExactly(gradients(model, alone), within(1e-6f));
      double sum = Arrays.stream(alone).mapToDouble(b -> model.loss(b).sum()).sum();
      assertThat(model.loss(batch).sum()).isCloseTo(sum, within(1e-9));
    }
  }

  private static TokenBatch part(TokenBatch batch, int from, int to) {
    return new TokenBatch(
        1,
        to - from,
        Arrays.copyOfRange(batch.inputs(), from, to),
        Arrays.copyOfRange(batch.targets(), from, to),
        Arrays.copyOfRange(batch.weights(), from, to),
        null);
  }

  /** The last of a causal sequence can be dropped, and a sequence can be there twice. */
  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void weightsOfZeroAndTwoDropAndDouble(Family family) {
    try (RecurrentModel model = model(family, TRUNCATION)) {
      float[] ones = new float[3 * LENGTH];
      Arrays.fill(ones, 1);
      TokenBatch plain = part(batch(ones, null), 0, LENGTH);
      float[] weights = ones.clone();
      weights[LENGTH - 1] = 0;
      assertThat(gradients(model, part(batch(weights, null), 0, LENGTH)))
          .containsExactly(gradients(model, part(plain, 0, LENGTH - 1)), within(1e-6f));
      Arrays.fill(weights, 2);
      TokenBatch twice = part(batch(weights, null), 0, LENGTH);
      assertThat(gradients(model, twice))
          .containsExactly(gradients(model, plain, plain), within(1e-6f));
      assertThat(model.loss(twice).sum()).isCloseTo(2 * model.loss(plain).sum(), within(1e-9));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void weightsOfOneChangeNothing(Family family) {
    try (RecurrentModel model = model(family, TRUNCATION)) {
      float[] ones = new float[3 * LENGTH];
      Arrays.fill(ones, 1);
      int[] starts = new int[3 * LENGTH];
      float[] expected = gradients(model, batch(null, null));
      assertThat(gradients(model, batch(ones, null))).containsExactly(expected, within(1e-6f));
      assertThat(gradients(model, batch(ones, starts))).containsExactly(expected, within(1e-6f));
    }
  }

  @Test
  void nothingHasWeight() {
    try (RecurrentModel model = model(Family.LSTM, TRUNCATION)) {
      for (int[] starts : new int[][] {null, STARTS}) {
        TokenBatch batch = batch(new float[3 * LENGTH], starts);
        assertThat(model.loss(batch)).isEqualTo(new WeightedLoss(0, 0));
        assertThat(gradients(model, batch)).containsOnly(0);
      }
    }
  }

  @Test
  void rowsAreDocumentsOfSimilarLength() {
    List<TokenBatch> rows = DocumentRows.of(batch(WEIGHTS, STARTS), 3);
    assertThat(rows)
        .extracting(TokenBatch::sequences)
        .as("two have no weight")
        .containsExactly(3, 2);
    assertThat(rows).extracting(TokenBatch::length).containsExactly(9, 4);
    assertThat(rows.stream().mapToDouble(TokenBatch::weight).sum())
        .isEqualTo(batch(WEIGHTS, STARTS).weight());
    TokenBatch plain = batch(WEIGHTS, null);
    assertThat(DocumentRows.of(plain, 3)).containsExactly(plain);
  }
}
