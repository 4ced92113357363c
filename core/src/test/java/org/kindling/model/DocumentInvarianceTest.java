package org.kindling.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kindling.kernels.Kernels;
import org.kindling.model.count.CountModel;
import org.kindling.model.count.NgramCounts;

/** The loss of a document is the same whatever stands beside it in the sequence. */
class DocumentInvarianceTest {
  private static final int VOCABULARY = 11;
  private static final int LENGTH = 24;
  private static final int DOCUMENT = 9;

  /** Keys that a family has not are 0, as settings of other families. */
  private static ModelSettings settings(Family family) {
    if (family == Family.TRANSFORMER) {
      return new ModelSettings(family.label(), 2, 2, 8, LENGTH, false);
    }
    return new ModelSettings(
        family,
        family.has(Family.Key.LAYERS) ? 2 : 0,
        family.has(Family.Key.WIDTH) ? 8 : 0,
        LENGTH,
        family.has(Family.Key.ORDER) ? 4 : 0,
        family.has(Family.Key.WINDOW) ? 5 : 0,
        family.has(Family.Key.HIDDEN) ? 12 : 0,
        family.has(Family.Key.TRUNCATION) ? 4 : 0);
  }

  private static Predictor model(Family family, Kernels kernels) {
    ModelSettings settings = settings(family);
    if (family.isCounted()) {
      NgramCounts counts = new NgramCounts(CountModel.order(settings), VOCABULARY);
      int[] text = new Random(1).ints(20_000, 0, VOCABULARY).toArray();
      counts.add(text, text.length);
      return new CountModel(settings, counts.sorted());
    }
    LanguageModel model = LanguageModels.create(settings, VOCABULARY, 2, kernels);
    float[] values = new float[(int) model.layout().size()];
    Random random = new Random(2);
    for (ParameterLayout.Entry entry : model.layout().entries()) {
      for (int i = 0; i < entry.elements(); i++) {
        values[(int) entry.offset() + i] = (float) (0.4 * random.nextGaussian());
      }
    }
    model.parameters().write(0, values, 0, values.length);
    return model;
  }

  /**
   * A sequence that holds the document from a position on, between others. Only the document has
   * weight; its last token has no target within it.
   */
  private static TokenBatch beside(int[] document, int from, long seed) {
    int[] text = new Random(seed).ints(LENGTH + 1, 0, VOCABULARY).toArray();
    System.arraycopy(document, 0, text, from, DOCUMENT);
    float[] weights = new float[LENGTH];
    int[] starts = new int[LENGTH];
    Arrays.fill(weights, from, from + DOCUMENT - 1, 1);
    Arrays.fill(starts, from, Math.min(LENGTH, from + DOCUMENT), from);
    for (int t = from + DOCUMENT; t < LENGTH; t++) {
      starts[t] = from + DOCUMENT;
    }
    int[] inputs = Arrays.copyOf(text, LENGTH);
    int[] targets = Arrays.copyOfRange(text, 1, LENGTH + 1);
    return new TokenBatch(1, LENGTH, inputs, targets, weights, starts);
  }

  private static TokenBatch joined(TokenBatch batch) {
    return new TokenBatch(
        1, LENGTH, batch.inputs(), batch.targets(), batch.weights(), new int[LENGTH]);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"UNIGRAM", "BIGRAM", "NGRAM", "MLP", "RNN", "LSTM", "RNN_ATTENTION", "TRANSFORMER"})
  void lossOfADocumentDoesNotDependOnItsNeighbours(Family family) {
    int[] document = new Random(7).ints(DOCUMENT, 0, VOCABULARY).toArray();
    int[] targets = Arrays.copyOfRange(document, 1, DOCUMENT);
    try (Kernels kernels = Kernels.named("vector");
        Predictor model = model(family, kernels)) {
      TokenBatch alone =
          new TokenBatch(1, DOCUMENT - 1, Arrays.copyOf(document, DOCUMENT - 1), targets);
      double expected = model.loss(alone).mean();
      double furthest = 0;
      for (int from = 0; from <= LENGTH - DOCUMENT; from++) {
        TokenBatch batch = beside(document, from, from);
        assertThat(model.loss(batch).mean()).as("at %d", from).isCloseTo(expected, within(1e-6));
        assertThat(model.loss(batch).weight()).isEqualTo(DOCUMENT - 1);
        if (model instanceof LanguageModel learning) {
          assertThat(learning.lossAndGradient(batch, 1f).mean())
              .as("in training, at %d", from)
              .isCloseTo(expected, within(1e-6));
        }
        double seen = model.loss(joined(batch)).mean();
        furthest = Math.max(furthest, Math.abs(seen - expected));
      }
      if (family != Family.UNIGRAM && family != Family.BIGRAM) {
        assertThat(furthest).as("joined, neighbours matter").isGreaterThan(1e-3);
      }
    }
  }
}
