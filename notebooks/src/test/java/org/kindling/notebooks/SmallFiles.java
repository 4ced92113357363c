package org.kindling.notebooks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.EvaluationsCsv;
import org.kindling.scaling.FitJson;
import org.kindling.scaling.FitSettings;
import org.kindling.scaling.ParameterCount;
import org.kindling.scaling.ParametricLaw;
import org.kindling.scaling.ScalingFit;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import org.kindling.training.RoundMetrics;

/** Files as the jobs write them, small: a dataset, a run's metrics, evaluations and their fit. */
final class SmallFiles {
  private static final ParametricLaw LAW = new ParametricLaw(1.6, 48.6, 68.5, 0.34, 0.28);

  private SmallFiles() {}

  /** Environment by which the notebooks find them. */
  static Map<String, String> write(Path directory) throws IOException {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("KINDLING_EVALUATIONS", evaluations(directory.resolve("evaluations")));
    environment.put("KINDLING_DATASET", dataset(directory.resolve("data")));
    environment.put("KINDLING_RUNS", runs(directory.resolve("runs")));
    environment.put("MPLCONFIGDIR", directory.resolve("matplotlib").toString());
    return environment;
  }

  private static String evaluations(Path directory) throws IOException {
    Random random = new Random(3);
    List<EvaluationRow> rows = new ArrayList<>();
    rows.add(row("bigram", "bigram", 262_144, 2e7, 4.42));
    for (double flops : new double[] {1e12, 3e12, 9e12, 27e12}) {
      for (double factor : new double[] {0.3, 0.55, 1, 1.8, 3.3}) {
        double n = Math.rint(factor * LAW.optimalParameters(flops, 6));
        double d = Math.rint(flops / 6 / n);
        double loss = LAW.loss(n, d) * Math.exp(0.002 * random.nextGaussian());
        rows.add(
            row(String.format(Locale.ROOT, "c%.0e-n%.0f", flops, n), "transformer", n, d, loss));
      }
    }
    Files.createDirectories(directory);
    try (Writer csv = Files.newBufferedWriter(directory.resolve("evaluations.csv"))) {
      EvaluationsCsv.write(csv, rows);
    }
    FitSettings settings = new FitSettings(60, 1, Double.NaN, "transformer", ParameterCount.ALL);
    Files.writeString(directory.resolve("fit.json"), FitJson.write(ScalingFit.of(rows, settings)));
    return directory.toAbsolutePath().toString();
  }

  private static EvaluationRow row(String run, String family, double n, double d, double loss) {
    return new EvaluationRow(run, family, 100, n, Double.NaN, d, 6 * n * d, loss, Double.NaN, true);
  }

  private static String dataset(Path directory) throws IOException {
    Storage storage = Storage.standard();
    Tokenizer tokenizer = Tokenizers.load(storage, "byte");
    Random random = new Random(4);
    List<int[]> documents = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      StringBuilder text = new StringBuilder("Document " + i + " – Größe\n");
      for (int word = random.nextInt(200); word >= 0; word--) {
        text.append("word").append(random.nextInt(50)).append(' ');
      }
      documents.add(withEnd(text.toString().getBytes(StandardCharsets.UTF_8)));
    }
    SmallDataset.write(
        storage,
        new org.apache.hadoop.fs.Path(directory.toUri()),
        tokenizer,
        Map.of(Split.TRAIN, documents.subList(0, 36), Split.VALIDATION, documents.subList(36, 40)));
    return directory.toAbsolutePath().toString();
  }

  /** Bytes are the byte tokenizer's tokens, and 256 the end of a text. */
  private static int[] withEnd(byte[] utf8) {
    int[] tokens = new int[utf8.length + 1];
    for (int i = 0; i < utf8.length; i++) {
      tokens[i] = utf8[i] & 0xff;
    }
    tokens[utf8.length] = 256;
    return tokens;
  }

  private static String runs(Path directory) throws IOException {
    Files.createDirectories(directory.resolve("small"));
    ObjectMapper json = new ObjectMapper();
    StringBuilder lines = new StringBuilder();
    for (int round = 1; round <= 30; round++) {
      long tokens = round * 25_600L;
      double rate = 1e-3 * Math.cos(round / 30.0 * Math.PI / 2);
      lines
          .append(
              json.writeValueAsString(
                  new RoundMetrics(
                      round,
                      2,
                      round * 50L,
                      round * 200L,
                      tokens,
                      6.0 * 112_000 * tokens,
                      LAW.loss(112_000, tokens),
                      0.8 / round,
                      rate,
                      null,
                      1.2,
                      0.03,
                      21_000,
                      null,
                      List.of())))
          .append('\n');
    }
    // The next round is being written.
    lines.append("{\"round\":31,\"st");
    Files.writeString(directory.resolve("small").resolve("metrics.jsonl"), lines.toString());
    return directory.toAbsolutePath().toString();
  }
}
