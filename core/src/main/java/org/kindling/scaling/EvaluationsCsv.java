package org.kindling.scaling;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;

/**
 * The evaluations CSV: what {@code evaluate} writes, and what anyone may write to have a law fitted
 * to it.
 *
 * <pre>{@code
 * run,family,step,parameters,embeddingParameters,tokens,flops,loss,bitsPerByte,standardError,final,layers,…
 * small,transformer,200,91000,32768,1800000,9.8e11,3.91,2.02,0.013,true,2,2,48,128,512
 * }</pre>
 *
 * <p>Columns may come in any order and there may be others; only {@code parameters}, {@code tokens}
 * and {@code loss} must be there. Without {@code flops}, 6·parameters·tokens is taken; without
 * {@code final}, every row is final.
 */
public final class EvaluationsCsv {
  /** The columns in the order in which they are written. */
  public static final List<String> COLUMNS =
      List.of(
          "run",
          "family",
          "step",
          "parameters",
          "embeddingParameters",
          "tokens",
          "flops",
          "loss",
          "bitsPerByte",
          "standardError",
          "final",
          "layers",
          "heads",
          "width",
          "context",
          "vocabulary");

  private static final List<String> REQUIRED = List.of("parameters", "tokens", "loss");
  private static final CSVFormat FORMAT =
      CSVFormat.DEFAULT
          .builder()
          .setHeader()
          .setSkipHeaderRecord(true)
          .setIgnoreSurroundingSpaces(true)
          .setTrim(true)
          .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
          .setRecordSeparator("\n")
          .build();

  private EvaluationsCsv() {}

  /** Writes a header and the rows; a number that is not known (NaN, step -1) is left empty. */
  public static void write(Appendable out, List<EvaluationRow> rows) throws IOException {
    // Not closed: the caller's writer is the caller's to close.
    CSVPrinter printer =
        new CSVPrinter(out, CSVFormat.DEFAULT.builder().setRecordSeparator("\n").build());
    printer.printRecord(COLUMNS);
    for (EvaluationRow row : rows) {
      printer.printRecord(
          row.run(),
          row.family(),
          row.step() < 0 ? "" : row.step(),
          number(row.parameters()),
          number(row.embeddingParameters()),
          number(row.tokens()),
          number(row.flops()),
          number(row.loss()),
          number(row.bitsPerByte()),
          number(row.standardError()),
          row.isFinal(),
          ofShape(row, TransformerShape::layers),
          ofShape(row, TransformerShape::heads),
          ofShape(row, TransformerShape::width),
          ofShape(row, TransformerShape::context),
          ofShape(row, TransformerShape::vocabulary));
    }
    printer.flush();
  }

  private static String ofShape(EvaluationRow row, ToIntFunction<TransformerShape> part) {
    return row.shape() == null ? "" : Integer.toString(part.applyAsInt(row.shape()));
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /**
   * Reads all rows.
   *
   * @param source how error messages call the input, usually its path
   * @throws IllegalArgumentException naming row and column of what is not a number, not positive or
   *     missing; the row is the one a spreadsheet shows, the header being row 1
   */
  public static List<EvaluationRow> read(Reader reader, String source) throws IOException {
    List<EvaluationRow> rows = new ArrayList<>();
    try (CSVParser parser = parser(reader, source)) {
      requireColumns(parser.getHeaderMap(), source);
      for (CSVRecord record : parser) {
        rows.add(new CsvCells(record, source).row());
      }
    } catch (java.io.UncheckedIOException | IllegalStateException e) {
      throw new IllegalArgumentException(
          source + ": not a CSV file (" + e.getMessage() + "); check its quotes", e);
    }
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          source + ": found a header and no rows; run kindling evaluate first");
    }
    return rows;
  }

  private static CSVParser parser(Reader reader, String source) throws IOException {
    try {
      return FORMAT.parse(new WithoutByteOrderMark(reader));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          source + ", row 1: " + e.getMessage() + "; name every column once", e);
    }
  }

  private static void requireColumns(Map<String, Integer> header, String source) {
    for (String column : REQUIRED) {
      if (!header.containsKey(column)) {
        throw new IllegalArgumentException(
            source
                + ": no column '"
                + column
                + "', found "
                + (header.isEmpty() ? "no header" : String.join(",", header.keySet()))
                + "; needed are "
                + String.join(", ", REQUIRED));
      }
    }
  }
}
