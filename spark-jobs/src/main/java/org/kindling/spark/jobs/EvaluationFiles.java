package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.EvaluationsCsv;
import org.kindling.storage.Storage;

/** The files that evaluate, fit and report share. */
final class EvaluationFiles {
  static final String EVALUATIONS = "evaluations.csv";
  static final String FIT = "fit.json";
  static final String REPORT = "report.html";

  /** One of these shows that a directory is of these subcommands. */
  static final String[] OURS = {EVALUATIONS, FIT, REPORT};

  private EvaluationFiles() {}

  /** The CSV itself: the path given, or {@code evaluations.csv} in the directory given. */
  static Path locate(Storage storage, String csvOrDirectory) throws IOException {
    Path path = new Path(csvOrDirectory);
    return storage.isDirectory(path) ? new Path(path, EVALUATIONS) : path;
  }

  static List<EvaluationRow> readRows(Storage storage, String csvOrDirectory) throws IOException {
    Path csv = locate(storage, csvOrDirectory);
    try (Reader reader = new InputStreamReader(storage.open(csv), StandardCharsets.UTF_8)) {
      return EvaluationsCsv.read(reader, csv.toString());
    }
  }
}
