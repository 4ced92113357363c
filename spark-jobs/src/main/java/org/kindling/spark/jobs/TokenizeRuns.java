package org.kindling.spark.jobs;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.kindling.tokenizer.TokenBuffer;
import org.kindling.tokenizer.Tokenizer;

/** Times one encoder on the calls of a text. */
final class TokenizeRuns {
  private static final Map<String, EncodingType> JTOKKIT =
      Map.of(
          "gpt2", EncodingType.R50K_BASE,
          "cl100k_base", EncodingType.CL100K_BASE,
          "o200k_base", EncodingType.O200K_BASE);

  /** Encodes one call and adds what it gave to a sum that depends on ids and order. */
  interface Call {
    /** The checksum of the call's ids; {@code tokens[0]} grows by their number. */
    long encode(int call, long[] tokens);
  }

  private final int calls;
  private final Supplier<Call> perThread;
  private final List<Double> seconds = new ArrayList<>();
  private long tokens;
  private long checksum;

  private TokenizeRuns(int calls, Supplier<Call> perThread) {
    this.calls = calls;
    this.perThread = perThread;
  }

  static TokenizeRuns of(Tokenizer tokenizer, List<byte[]> calls) {
    return new TokenizeRuns(
        calls.size(),
        () -> {
          TokenBuffer out = new TokenBuffer();
          return (call, tokens) -> {
            out.clear();
            byte[] text = calls.get(call);
            tokens[0] += tokenizer.encode(text, 0, text.length, out);
            long sum = call;
            for (int i = 0; i < out.size(); i++) {
              sum = sum * 31 + out.get(i);
            }
            return sum;
          };
        });
  }

  /**
   * @throws IllegalArgumentException if jtokkit does not know the tokenizer
   */
  static TokenizeRuns ofJtokkit(Tokenizer tokenizer, List<byte[]> calls) {
    EncodingType type = JTOKKIT.get(tokenizer.kind());
    if (type == null) {
      throw new IllegalArgumentException(
          "bench tokenize: --peer jtokkit: knows gpt2, cl100k_base and o200k_base, not "
              + tokenizer);
    }
    Encoding encoding = Encodings.newLazyEncodingRegistry().getEncoding(type);
    // It takes text as strings: making them is not its time.
    List<String> texts =
        calls.stream().map(call -> new String(call, StandardCharsets.UTF_8)).toList();
    return new TokenizeRuns(
        calls.size(),
        () ->
            (call, tokens) -> {
              IntArrayList ids = encoding.encodeOrdinary(texts.get(call));
              tokens[0] += ids.size();
              long sum = call;
              for (int i = 0; i < ids.size(); i++) {
                sum = sum * 31 + ids.get(i);
              }
              return sum;
            });
  }

  /** One run with new threads; each takes every so many-th call. */
  void run(int threads) throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> all = new ArrayList<>();
    long[][] results = new long[threads][2];
    for (int t = 0; t < threads; t++) {
      int first = t;
      Thread thread =
          new Thread(() -> encode(first, threads, start, results[first]), "tokenize-" + t);
      thread.setUncaughtExceptionHandler((failed, e) -> failure.compareAndSet(null, e));
      thread.start();
      all.add(thread);
    }
    long begin = System.nanoTime();
    start.countDown();
    for (Thread thread : all) {
      thread.join();
    }
    seconds.add((System.nanoTime() - begin) / 1e9);
    if (failure.get() != null) {
      throw new IllegalStateException("bench tokenize: a thread failed", failure.get());
    }
    tokens = 0;
    checksum = 0;
    for (long[] result : results) {
      tokens += result[0];
      checksum += result[1];
    }
  }

  private void encode(int first, int threads, CountDownLatch start, long[] result) {
    Call call = perThread.get();
    long[] count = new long[1];
    long sum = 0;
    try {
      start.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("bench tokenize: interrupted", e);
    }
    for (int i = first; i < calls; i += threads) {
      sum += call.encode(i, count);
    }
    result[0] = count[0];
    result[1] = sum;
  }

  /** Forgets the times so far. */
  void forget() {
    seconds.clear();
  }

  double[] seconds() {
    return seconds.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Of the text, by the last run. */
  long tokens() {
    return tokens;
  }

  /** Of all ids of the last run and their order; the same for any number of threads. */
  long checksum() {
    return checksum;
  }
}
