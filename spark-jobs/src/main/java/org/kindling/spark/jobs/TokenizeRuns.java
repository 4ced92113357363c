package org.kindling.spark.jobs;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
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

  /** Encodes calls, one thread's. */
  interface Encoder {
    /** The number of tokens of a call. */
    int encode(int call);

    /** One of the ids of the call encoded last. */
    int id(int index);
  }

  private final int calls;
  private final Supplier<Encoder> perThread;
  private final List<Double> seconds = new ArrayList<>();
  private final List<Double> processorSeconds = new ArrayList<>();
  private long tokens;

  private TokenizeRuns(int calls, Supplier<Encoder> perThread) {
    this.calls = calls;
    this.perThread = perThread;
  }

  static TokenizeRuns of(Tokenizer tokenizer, List<byte[]> calls) {
    return new TokenizeRuns(
        calls.size(),
        () -> {
          TokenBuffer out = new TokenBuffer();
          return new Encoder() {
            @Override
            public int encode(int call) {
              out.clear();
              byte[] text = calls.get(call);
              return tokenizer.encode(text, 0, text.length, out);
            }

            @Override
            public int id(int index) {
              return out.get(index);
            }
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
            new Encoder() {
              private IntArrayList ids;

              @Override
              public int encode(int call) {
                ids = encoding.encodeOrdinary(texts.get(call));
                return ids.size();
              }

              @Override
              public int id(int index) {
                return ids.get(index);
              }
            });
  }

  /** One run with new threads; each takes a part of the text, as tasks of a job do. */
  void run(int threads) throws InterruptedException {
    run(threads, false);
  }

  /**
   * One run of which only the ids count.
   *
   * @return a sum that depends on all ids and their order; the same for any number of threads
   */
  long checksum(int threads) throws InterruptedException {
    return run(threads, true);
  }

  /** Sums ids, or else notes times. */
  private long run(int threads, boolean checking) throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> all = new ArrayList<>();
    long[][] results = new long[threads][3];
    for (int t = 0; t < threads; t++) {
      int first = (int) ((long) calls * t / threads);
      int last = (int) ((long) calls * (t + 1) / threads);
      long[] result = results[t];
      Thread thread =
          new Thread(() -> encode(first, last, checking, start, result), "tokenize-" + t);
      thread.setUncaughtExceptionHandler((failed, e) -> failure.compareAndSet(null, e));
      thread.start();
      all.add(thread);
    }
    long begin = System.nanoTime();
    start.countDown();
    for (Thread thread : all) {
      thread.join();
    }
    double elapsed = (System.nanoTime() - begin) / 1e9;
    if (failure.get() != null) {
      throw new IllegalStateException("bench tokenize: a thread failed", failure.get());
    }
    tokens = 0;
    long checksum = 0;
    long nanos = 0;
    for (long[] result : results) {
      nanos += result[2];
      tokens += result[0];
      checksum += result[1];
    }
    if (!checking) {
      seconds.add(elapsed);
      processorSeconds.add(nanos / 1e9);
    }
    return checksum;
  }

  private void encode(int first, int last, boolean checking, CountDownLatch start, long[] result) {
    Encoder encoder = perThread.get();
    try {
      start.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("bench tokenize: interrupted", e);
    }
    ThreadMXBean thread = ManagementFactory.getThreadMXBean();
    long begin = thread.getCurrentThreadCpuTime();
    for (int call = first; call < last; call++) {
      int count = encoder.encode(call);
      result[0] += count;
      if (checking) {
        result[1] += checksum(encoder, call, count);
      }
    }
    result[2] = thread.getCurrentThreadCpuTime() - begin;
  }

  private static long checksum(Encoder encoder, int call, int count) {
    long sum = call;
    for (int i = 0; i < count; i++) {
      sum = sum * 31 + encoder.id(i);
    }
    return sum;
  }

  /** Forgets the times so far. */
  void forget() {
    seconds.clear();
    processorSeconds.clear();
  }

  double[] seconds() {
    return seconds.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Of all threads together: less than the wall clock's where other processes ran too. */
  double[] processorSeconds() {
    return processorSeconds.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Of the text, by the last run. */
  long tokens() {
    return tokens;
  }
}
