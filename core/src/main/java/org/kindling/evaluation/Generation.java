package org.kindling.evaluation;

import java.nio.IntBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.kindling.model.Predictor;

/**
 * Goes on from prompts, token by token, several at once. What a sequence becomes depends on the
 * model, its prompt, the settings and its number, not on the others. When a sequence fills the
 * model's cache, the later half of what the cache holds is read again and generation goes on from
 * there. Not thread-safe.
 *
 * <pre>{@code
 * new Generation(model, SamplingSettings.greedy(), new Limits(20, 32, 257, OptionalInt.of(256)))
 *     .run(List.of(new Request(prompt, 0, out)));
 * }</pre>
 */
public final class Generation {
  private static final int[] NOTHING = {};

  private final Predictor model;
  private final SamplingSettings settings;
  private final Limits limits;

  /**
   * Where generation ends.
   *
   * @param tokens most tokens of a sequence
   * @param batch most sequences at once; others wait until one has ended
   * @param vocabulary tokens that the tokenizer has; the model may have more, which are not drawn
   * @param endOfText ends a sequence when drawn; it is not handed out
   */
  public record Limits(int tokens, int batch, int vocabulary, OptionalInt endOfText) {
    public Limits {
      if (tokens < 1) {
        throw new IllegalArgumentException("--tokens: expected at least 1, found " + tokens);
      }
      if (batch < 1) {
        throw new IllegalArgumentException("--batch: expected at least 1, found " + batch);
      }
    }
  }

  /**
   * A sequence to write.
   *
   * @param prompt at least one token; if the model's cache cannot hold all, it reads the last ones
   * @param number of its draws, see {@link Sampler#sequence}
   * @param out receives its tokens
   */
  public record Request(int[] prompt, long number, Output out) {
    public Request {
      if (prompt.length == 0) {
        throw new IllegalArgumentException("generation: expected a prompt of at least one token");
      }
    }
  }

  /** Receives the tokens of a sequence. */
  public interface Output {
    /** Called before the first token if the model reads only the last tokens of the prompt. */
    default void shortened(int promptTokens) {}

    /**
     * Receives the next token, as soon as it is drawn.
     *
     * @return false to end the sequence here
     */
    boolean accept(int token);

    /** Called once, after the last token. */
    default void end(Ending ending) {}
  }

  /** Why a sequence ended. */
  public enum Ending {
    /** It has as many tokens as it may have. */
    LENGTH("length"),
    /** Its {@link Output} did not want more: a stop string. */
    STOP("stop"),
    END_OF_TEXT("end of text");

    private final String label;

    Ending(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /**
   * How fast tokens were drawn.
   *
   * @param tokens of all sequences, without the first of each, which costs reading a prompt
   * @param seconds that they took; prompts that were read meanwhile are part of it
   */
  public record Speed(long tokens, double seconds) {
    public double tokensPerSecond() {
      return tokens == 0 ? 0 : tokens / seconds;
    }
  }

  public Generation(Predictor model, SamplingSettings settings, Limits limits) {
    this.model = model;
    this.settings = settings;
    this.limits = limits;
  }

  /**
   * Writes all sequences. They begin in their order; each ends when it ends.
   *
   * @return how fast
   */
  public Speed run(List<Request> requests) {
    if (requests.isEmpty()) {
      return new Speed(0, 0);
    }
    int places = Math.min(limits.batch(), requests.size());
    try (Predictor.Decoder decoder = model.decoder(places)) {
      return new Batch(decoder, requests).run();
    }
  }

  /** A sequence that is being written. */
  private static final class Sequence {
    private final Request request;
    private final Sampler.Draws draws;
    private int[] text;
    private int length;

    Sequence(Request request, Sampler.Draws draws) {
      this.request = request;
      this.draws = draws;
      text = request.prompt().clone();
      length = text.length;
      draws.hold(text);
    }

    int drawn() {
      return length - request.prompt().length;
    }

    void add(int token) {
      if (length == text.length) {
        text = Arrays.copyOf(text, length + Math.max(16, length / 2));
      }
      text[length++] = token;
    }

    int[] tail(int count) {
      return Arrays.copyOfRange(text, length - Math.min(length, count), length);
    }
  }

  /** The sequences of one call, and the places of the decoder that they take turns in. */
  private final class Batch {
    private final Predictor.Decoder decoder;
    private final int capacity;
    private final Sampler sampler = new Sampler(settings, limits.vocabulary());
    private final Deque<Request> waiting;

    /** By place; null where no sequence is left. */
    private final Sequence[] sequences;

    /** By place, what is appended next. */
    private final int[][] appended;

    /** By place, the one whose prompt is the same and is read for both: its own for most. */
    private final int[] source;

    Batch(Predictor.Decoder decoder, List<Request> requests) {
      this.decoder = decoder;
      capacity = decoder.capacity();
      waiting = new ArrayDeque<>(requests);
      sequences = new Sequence[decoder.sequences()];
      appended = new int[sequences.length][];
      source = new int[sequences.length];
    }

    Speed run() {
      long tokens = 0;
      long nanoseconds = 0;
      while (true) {
        int goingOn = appendLast();
        if (goingOn + appendPrompts() == 0) {
          return new Speed(tokens, nanoseconds / 1e9);
        }
        long start = System.nanoTime();
        draw(decoder.append(appended));
        if (goingOn > 0) {
          tokens += goingOn;
          nanoseconds += System.nanoTime() - start;
        }
      }
    }

    /** Prepares the last token of each sequence for the decoder; returns how many there are. */
    private int appendLast() {
      int goingOn = 0;
      for (int place = 0; place < sequences.length; place++) {
        source[place] = place;
        appended[place] = NOTHING;
        if (sequences[place] == null) {
          continue;
        }
        goingOn++;
        boolean full = decoder.position(place) >= capacity;
        if (full) {
          decoder.reset(place);
        }
        appended[place] = sequences[place].tail(full ? Math.max(1, capacity / 2) : 1);
      }
      return goingOn;
    }

    /** Gives free places to waiting requests; returns how many. */
    private int appendPrompts() {
      int begun = 0;
      Map<IntBuffer, Integer> places = new HashMap<>();
      for (int place = 0; place < sequences.length && !waiting.isEmpty(); place++) {
        if (sequences[place] != null) {
          continue;
        }
        Request request = waiting.remove();
        decoder.reset(place);
        sequences[place] = new Sequence(request, sampler.sequence(request.number()));
        int[] prompt = sequences[place].tail(capacity);
        if (prompt.length < request.prompt().length) {
          request.out().shortened(prompt.length);
        }
        Integer same = places.putIfAbsent(IntBuffer.wrap(prompt), place);
        if (same == null) {
          appended[place] = prompt;
        } else {
          source[place] = same;
        }
        begun++;
      }
      return begun;
    }

    private void draw(float[][] logits) {
      List<Integer> copies = new ArrayList<>();
      for (int place = 0; place < sequences.length; place++) {
        if (sequences[place] == null) {
          continue;
        }
        boolean goesOn = draw(sequences[place], logits[source[place]]);
        if (!goesOn) {
          sequences[place] = null;
        } else if (source[place] != place) {
          copies.add(place);
        }
      }
      // Only now: copying may overwrite logits.
      for (int place : copies) {
        decoder.copy(source[place], place);
      }
    }

    /** Draws a sequence's next token; false if it ends. */
    private boolean draw(Sequence sequence, float[] logits) {
      Output out = sequence.request.out();
      int token = sequence.draws.draw(logits);
      if (limits.endOfText().isPresent() && limits.endOfText().getAsInt() == token) {
        out.end(Ending.END_OF_TEXT);
        return false;
      }
      sequence.add(token);
      if (!out.accept(token)) {
        out.end(Ending.STOP);
        return false;
      }
      if (sequence.drawn() == limits.tokens()) {
        out.end(Ending.LENGTH);
        return false;
      }
      return true;
    }
  }
}
