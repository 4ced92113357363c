package org.kindling.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.kindling.evaluation.Generation.Ending;
import org.kindling.evaluation.Generation.Limits;
import org.kindling.evaluation.Generation.Output;
import org.kindling.evaluation.Generation.Request;

class GenerationTest {
  private static final int VOCABULARY = 20;
  private static final SamplingSettings DRAWN = SamplingSettings.plain(11);

  /** What a sequence received. */
  private static final class Received implements Output {
    private final List<Integer> tokens = new ArrayList<>();
    private final int last;
    private Ending ending;
    private int promptTokens;

    /**
     * @param last wants no more after this token
     */
    Received(int last) {
      this.last = last;
    }

    @Override
    public void shortened(int promptTokens) {
      assertThat(tokens).isEmpty();
      this.promptTokens = promptTokens;
    }

    @Override
    public boolean accept(int token) {
      assertThat(ending).isNull();
      tokens.add(token);
      return token != last;
    }

    @Override
    public void end(Ending ending) {
      assertThat(this.ending).isNull();
      this.ending = ending;
    }
  }

  private static Limits limits(int tokens, int batch) {
    return new Limits(tokens, batch, VOCABULARY, OptionalInt.of(0));
  }

  private static List<Received> run(
      HashedModel model, SamplingSettings settings, Limits limits, Request... requests) {
    new Generation(model, settings, limits).run(List.of(requests));
    return Arrays.stream(requests).map(request -> (Received) request.out()).toList();
  }

  private static Request request(int number, int... prompt) {
    return new Request(prompt, number, new Received(1));
  }

  private static int[] range(int length) {
    return IntStream.range(0, length).map(i -> 2 + i % (VOCABULARY - 2)).toArray();
  }

  @Test
  void aSequenceIsTheSameAloneAndInAnyBatch() {
    int[] lengths = {3, 1, 5, 3, 17, 3, 8, 2};
    for (SamplingSettings settings : List.of(DRAWN, DRAWN.withRepetitionPenalty(1.2))) {
      List<Received> alone = new ArrayList<>();
      for (int i = 0; i < lengths.length; i++) {
        Request request = request(i % 3, range(lengths[i]));
        alone.addAll(run(new HashedModel(VOCABULARY, 9), settings, limits(25, 1), request));
      }
      for (int batch : new int[] {1, 2, 3, 8, 100}) {
        Request[] together =
            IntStream.range(0, lengths.length)
                .mapToObj(i -> request(i % 3, range(lengths[i])))
                .toArray(Request[]::new);
        List<Received> found =
            run(new HashedModel(VOCABULARY, 9), settings, limits(25, batch), together);
        for (int i = 0; i < lengths.length; i++) {
          assertThat(found.get(i).tokens).isEqualTo(alone.get(i).tokens);
          assertThat(found.get(i).ending).isEqualTo(alone.get(i).ending);
        }
      }
      assertThat(alone).extracting(a -> a.ending).contains(Ending.STOP, Ending.END_OF_TEXT);
      assertThat(alone.get(0).tokens)
          .as("prompt and number decide")
          .isEqualTo(alone.get(3).tokens)
          .isNotEqualTo(alone.get(5).tokens);
    }
  }

  @Test
  void goesOnFromTheLaterHalfOfAFullCache() {
    // Greedy, so that the text can be followed by hand through the model itself.
    HashedModel model = new HashedModel(VOCABULARY, 6);
    Limits limits = new Limits(20, 1, VOCABULARY, OptionalInt.empty());
    int[] prompt = range(4);
    Received found =
        run(model, SamplingSettings.greedy(), limits, new Request(prompt, 0, new Received(-1)))
            .get(0);
    List<Integer> text = new ArrayList<>(Arrays.stream(prompt).boxed().toList());
    List<Integer> cache = new ArrayList<>(text);
    for (int i = 0; i < 20; i++) {
      int next = Candidates.likeliest(model.logitsAfter(cache), VOCABULARY);
      text.add(next);
      cache.add(next);
      if (cache.size() > 6) {
        cache = new ArrayList<>(text.subList(text.size() - 3, text.size()));
      }
    }
    assertThat(found.tokens).isEqualTo(text.subList(4, 24));
    assertThat(found.ending).isEqualTo(Ending.LENGTH);
    assertThat(found.promptTokens).isZero();
  }

  @Test
  void aCacheOfOneTokenStillWrites() {
    Received found = run(new HashedModel(VOCABULARY, 1), DRAWN, limits(5, 1), request(0, 2)).get(0);
    assertThat(found.tokens).isNotEmpty();
  }

  @Test
  void ofALongPromptTheModelReadsTheLastTokens() {
    int[] prompt = range(30);
    Limits limits = limits(3, 2);
    List<Received> found =
        run(
            new HashedModel(VOCABULARY, 9),
            DRAWN,
            limits,
            request(0, prompt),
            request(0, Arrays.copyOfRange(prompt, 21, 30)));
    assertThat(found.get(0).promptTokens).isEqualTo(9);
    assertThat(found.get(1).promptTokens).isZero();
    assertThat(found.get(0).tokens).isEqualTo(found.get(1).tokens);
  }

  @Test
  void equalPromptsAreReadOnce() {
    HashedModel model = new HashedModel(VOCABULARY, 50);
    Request[] requests =
        IntStream.range(0, 8).mapToObj(i -> request(i, range(20))).toArray(Request[]::new);
    run(model, DRAWN, limits(1, 8), requests);
    assertThat(model.read()).isEqualTo(20);
    assertThat(model.copies()).as("sequences that end at once need no copy").isZero();
    run(model, DRAWN, new Limits(2, 8, VOCABULARY, OptionalInt.empty()), requestsTo(-1, 8));
    assertThat(model.read()).isEqualTo(20 + 20 + 8);
    assertThat(model.copies()).isEqualTo(7);
  }

  private static Request[] requestsTo(int last, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Request(range(20), i, new Received(last)))
        .toArray(Request[]::new);
  }

  @Test
  void sequencesThatHaveEndedCostNothing() {
    HashedModel model = new HashedModel(VOCABULARY, 500);
    Limits limits = new Limits(40, 4, VOCABULARY, OptionalInt.empty());
    Request[] requests =
        IntStream.range(0, 12)
            .mapToObj(i -> new Request(range(1 + i), 0, new Received(i % 3 == 0 ? 5 : 6)))
            .toArray(Request[]::new);
    List<Received> found = run(model, DRAWN, limits, requests);
    int prompts = IntStream.rangeClosed(1, 12).sum();
    int drawn = found.stream().mapToInt(r -> r.tokens.size()).sum();
    assertThat(model.read()).isEqualTo(prompts + drawn - 12);
    assertThat(found).extracting(r -> r.ending).contains(Ending.STOP);
    assertThat(model.mostSequences()).isEqualTo(4);
  }

  @Test
  void idsThatTheTokenizerDoesNotHaveAreNotDrawn() {
    Limits limits = new Limits(200, 1, 4, OptionalInt.empty());
    Received found =
        run(
                new HashedModel(VOCABULARY, 300),
                DRAWN,
                limits,
                new Request(new int[] {3}, 0, new Received(-1)))
            .get(0);
    assertThat(found.tokens).hasSize(200).containsOnly(0, 1, 2, 3);
  }

  @Test
  void speedCountsAllButTheFirstTokens() {
    Generation generation =
        new Generation(
            new HashedModel(VOCABULARY, 99),
            DRAWN,
            new Limits(7, 2, VOCABULARY, OptionalInt.empty()));
    Generation.Speed speed = generation.run(List.of(requestsTo(-1, 5)));
    assertThat(speed.tokens()).isEqualTo(5 * 6);
    assertThat(speed.tokensPerSecond()).isPositive().isFinite();
    assertThat(generation.run(List.of()).tokensPerSecond()).isZero();
  }

  @Test
  void badRequestsAreRefused() {
    assertThatThrownBy(() -> request(0)).hasMessageContaining("at least one token");
    assertThatThrownBy(() -> limits(0, 1)).hasMessage("--tokens: expected at least 1, found 0");
    assertThatThrownBy(() -> limits(1, 0)).hasMessage("--batch: expected at least 1, found 0");
  }
}
