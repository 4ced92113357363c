package org.kindling.spark.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.spark.documents.StrictText;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code kindling bench tokenize}: how fast a text is encoded, in calls of about 32 KB that end
 * with a line. Every run has new threads and with them fresh caches; the classes are warm. Starts
 * no Spark session.
 */
@Command(
    name = "tokenize",
    mixinStandardHelpOptions = true,
    description = "Times the encoding of a text, each run with fresh caches.")
public final class TokenizeBench implements Callable<Integer> {
  private static final int CALL_BYTES = 1 << 15;

  @Spec private CommandSpec spec;

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "T",
      description =
          "byte, gpt2, cl100k_base, o200k_base, or where kindling tokenizer wrote tokenizer.json.")
  private String tokenizer;

  @Option(
      names = "--file",
      required = true,
      paramLabel = "FILE",
      description = "A text in UTF-8, of up to 2 GB; more than 10 MB gives steady numbers.")
  private String file;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads that share the text (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "7",
      description = "Timed runs, of which the median counts (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--warmup-seconds",
      paramLabel = "S",
      defaultValue = "3",
      description = "How long untimed runs go on before (default: ${DEFAULT-VALUE}).")
  private double warmupSeconds;

  @Option(
      names = "--peer",
      paramLabel = "jtokkit",
      description =
          "Time another encoder of gpt2, cl100k_base or o200k_base in turn with Kindling's, and"
              + " compare the ids.")
  private String peer;

  @Override
  public Integer call() throws IOException, InterruptedException {
    require("--threads", threads, 1);
    require("--runs", runs, 1);
    if (!(warmupSeconds >= 0)) {
      throw new IllegalArgumentException(
          "bench tokenize: --warmup-seconds: expected 0 or more, found " + warmupSeconds);
    }
    if (peer != null && !peer.equals("jtokkit")) {
      throw new IllegalArgumentException("bench tokenize: --peer: expected jtokkit, found " + peer);
    }
    Storage storage = Storage.standard();
    byte[] text = storage.read(new Path(file));
    StrictText.require(text, file);
    if (text.length == 0) {
      throw new IllegalArgumentException(file + ": is empty; give a file with text in it");
    }
    List<byte[]> calls = calls(text);
    long loading = System.nanoTime();
    Tokenizer loaded = Tokenizers.load(storage, tokenizer);
    loaded.encode("");
    double loadMs = (System.nanoTime() - loading) / 1e6;
    TokenizeRuns ours = TokenizeRuns.of(loaded, calls);
    TokenizeRuns theirs = peer == null ? null : TokenizeRuns.ofJtokkit(loaded, calls);
    boolean same = theirs == null || ours.checksum(threads) == theirs.checksum(threads);
    measure(ours, theirs);
    report(loaded, text.length, loadMs, ours, theirs, same);
    return 0;
  }

  private static void require(String option, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "bench tokenize: " + option + ": expected at least " + least + ", found " + value);
    }
  }

  /** The text in parts that end with a line end where there is one within the next 32 KB. */
  static List<byte[]> calls(byte[] text) {
    List<byte[]> calls = new ArrayList<>();
    for (int start = 0; start < text.length; ) {
      int end = (int) Math.min((long) start + CALL_BYTES, text.length);
      int limit = (int) Math.min((long) end + CALL_BYTES, text.length);
      while (end < limit && text[end - 1] != '\n') {
        end++;
      }
      while (end < text.length && (text[end] & 0xC0) == 0x80) {
        end++;
      }
      calls.add(Arrays.copyOfRange(text, start, end));
      start = end;
    }
    return calls;
  }

  private void measure(TokenizeRuns ours, TokenizeRuns theirs) throws InterruptedException {
    long warm = System.nanoTime() + (long) (warmupSeconds * 1e9);
    do {
      ours.run(threads);
      if (theirs != null) {
        theirs.run(threads);
      }
    } while (System.nanoTime() < warm);
    ours.forget();
    if (theirs != null) {
      theirs.forget();
    }
    for (int run = 0; run < runs; run++) {
      ours.run(threads);
      if (theirs != null) {
        theirs.run(threads);
      }
    }
  }

  private void report(
      Tokenizer loaded,
      int bytes,
      double loadMs,
      TokenizeRuns ours,
      TokenizeRuns theirs,
      boolean same) {
    double speed = bytes / 1e6 / StepBench.median(ours.seconds());
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("megabytesPerSecond", rounded(speed));
    double processorSpeed = bytes / 1e6 / StepBench.median(ours.processorSeconds());
    json.put("megabytesPerProcessorSecond", rounded(processorSpeed));
    json.put("tokens", ours.tokens());
    json.put("fastestMegabytesPerSecond", rounded(bytes / 1e6 / fastest(ours.seconds())));
    json.put("megabytes", rounded(bytes / 1e6));
    json.put("loadMs", rounded(loadMs));
    json.put("tokenizer", loaded.kind()).put("vocabulary", loaded.vocabulary());
    json.put("threads", threads).put("runs", runs);
    if (theirs != null) {
      double peerSpeed = bytes / 1e6 / StepBench.median(theirs.seconds());
      json.put("jtokkitMegabytesPerSecond", rounded(peerSpeed));
      json.put("timesJtokkit", rounded(speed / peerSpeed));
      double peerProcessorSpeed = bytes / 1e6 / StepBench.median(theirs.processorSeconds());
      json.put("timesJtokkitByProcessorTime", rounded(processorSpeed / peerProcessorSpeed));
      json.put("sameTokens", same);
    }
    spec.commandLine().getOut().println(json);
    spec.commandLine().getOut().flush();
  }

  private static double fastest(double[] seconds) {
    return Arrays.stream(seconds).min().orElseThrow();
  }

  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.2f", value));
  }
}
