package org.kindling.spark.inspection;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Prints a report for people. */
public final class InspectionText {
  private static final int BAR_WIDTH = 40;

  private final InspectionReport report;
  private final PrintWriter out;

  public InspectionText(InspectionReport report, PrintWriter out) {
    this.report = report;
    this.out = out;
  }

  public void print() {
    line("dataset     %s", report.data());
    line(
        "tokenizer   %s %s, %,d entries, tokens stored as %s",
        report.tokenizer().kind(),
        report.tokenizer().hash().substring(0, 12),
        report.tokenizer().vocabulary(),
        report.dtype());
    splits();
    manifest();
    if (report.shards().intact() > 0) {
      vocabulary();
      lengths();
    }
    report.samples().forEach(this::sample);
    shards();
    out.flush();
  }

  private void line(String format, Object... arguments) {
    out.printf(Locale.ROOT, format + "%n", arguments);
  }

  private void splits() {
    line(
        "%n%-12s %14s %18s %12s %12s %7s",
        "split", "documents", "tokens", "MB of text", "bytes/token", "shards");
    report
        .splits()
        .forEach(
            (name, split) ->
                line(
                    "%-12s %,14d %,18d %,12.2f %12.2f %,7d",
                    name,
                    split.documents(),
                    split.tokens(),
                    split.textBytes() / 1e6,
                    split.bytesPerToken(),
                    split.shards()));
  }

  private void manifest() {
    if (report.manifest().isEmpty()) {
      return;
    }
    line("%nfrom the manifest");
    int width = report.manifest().keySet().stream().mapToInt(String::length).max().orElse(0);
    report
        .manifest()
        .forEach(
            (key, value) ->
                line(
                    "  %-" + width + "s  %s",
                    key,
                    value instanceof Long whole
                        ? String.format(Locale.ROOT, "%,d", whole)
                        : Printable.text(String.valueOf(value))));
  }

  private void vocabulary() {
    InspectionReport.VocabularyUse use = report.vocabulary();
    line(
        "%nvocabulary  %,d of %,d entries used (%.1f%%), %,d unused; entropy %.3f bits a token",
        use.used(),
        use.entries(),
        100.0 * use.used() / use.entries(),
        use.unused(),
        use.entropyBits());
    line("  %-8s %16s %8s  %s", "token", "count", "share", "text");
    for (InspectionReport.TopToken top : use.top()) {
      line("  %-8d %,16d %7.2f%%  '%s'", top.token(), top.count(), 100 * top.share(), top.text());
    }
  }

  private void lengths() {
    InspectionReport.Lengths lengths = report.lengths();
    line(
        "%nlengths     tokens a document: mean %,.1f, shortest %,d",
        lengths.mean(), lengths.shortest());
    line(
        "  %s  max %,d",
        lengths.percentiles().entrySet().stream()
            .map(InspectionText::percentile)
            .collect(Collectors.joining("  ")),
        lengths.longest());
    long most =
        lengths.histogram().stream().mapToLong(InspectionReport.Bar::documents).max().orElse(1);
    for (InspectionReport.Bar bar : lengths.histogram()) {
      String range =
          String.format(
              Locale.ROOT, bar.from() == bar.to() ? "%,d" : "%,d-%,d", bar.from(), bar.to());
      // A bar that is not empty can be seen.
      int width = (int) ((bar.documents() * BAR_WIDTH + most - 1) / most);
      line("  %17s %,14d  %s", range, bar.documents(), "#".repeat(width));
    }
  }

  private static String percentile(Map.Entry<String, Long> entry) {
    return String.format(Locale.ROOT, "%s %,d", entry.getKey(), entry.getValue());
  }

  private void sample(InspectionReport.Sample sample) {
    line(
        "%nsample      %s, document %,d, %,d tokens%n  %s%s",
        sample.shard(),
        sample.document(),
        sample.tokens(),
        Printable.text(sample.text()),
        sample.whole() ? "" : " ...");
  }

  private void shards() {
    line(
        "%nshards      %,d of %,d intact (sizes, CRC-32C and index)",
        report.shards().intact(), report.shards().checked());
    for (Findings.Damage damage : report.shards().damaged()) {
      line("damaged     %s: %s", damage.shard(), damage.problem());
    }
  }
}
