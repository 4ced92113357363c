package org.kindling.benchmarks;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.IntArrayList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.kindling.tokenizer.TokenBuffer;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * 32 KiB of a text with a published encoding, ours beside jtokkit, one thread, warm caches. The
 * time of a call in microseconds is 32 768 divided by megabytes a second. {@code bench tokenize}
 * measures a whole corpus with caches that begin empty.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenizerBenchmark {
  private static final int BYTES = 1 << 15;

  /** Which encoding. */
  @Param({"gpt2", "cl100k_base", "o200k_base"})
  public String encoding;

  /** A text in UTF-8, of which the first 32 KiB are encoded. */
  @Param("benchmarks/src/main/java/org/kindling/benchmarks/LayerBenchmark.java")
  public String file;

  private final TokenBuffer out = new TokenBuffer();
  private Tokenizer tokenizer;
  private Encoding jtokkit;
  private byte[] text;
  private String string;

  /** Loads both encoders and the text, again and again if it is short. */
  @Setup
  public void load() throws IOException {
    tokenizer = Tokenizers.named(encoding).orElseThrow();
    jtokkit =
        Encodings.newDefaultEncodingRegistry()
            .getEncoding(encoding.equals("gpt2") ? "r50k_base" : encoding)
            .orElseThrow();
    string = Files.readString(Path.of(file));
    string = string.repeat(1 + BYTES / Math.max(1, string.length()));
    byte[] whole = string.getBytes(StandardCharsets.UTF_8);
    int end = BYTES;
    while ((whole[end] & 0xC0) == 0x80) {
      end--;
    }
    text = Arrays.copyOf(whole, end);
    string = new String(text, StandardCharsets.UTF_8);
  }

  /** Bytes to tokens without a string. */
  @Benchmark
  public int kindling() {
    out.clear();
    return tokenizer.encode(text, 0, text.length, out);
  }

  /** The same through a string and an array, as jtokkit works. */
  @Benchmark
  public int[] kindlingStrings() {
    return tokenizer.encode(string);
  }

  /** The peer. */
  @Benchmark
  public IntArrayList jtokkit() {
    return jtokkit.encodeOrdinary(string);
  }
}
