package org.kindling.spark.inspection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DatasetManifest;
import org.kindling.corpus.LengthHistogram;
import org.kindling.corpus.TokenCounts;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;

/** Brings together what the manifest says, what the scan found, and some documents. */
public final class ReportBuilder {
  private static final int TOP = 10;
  private static final int[] PERCENTILES = {1, 5, 25, 50, 75, 95, 99};

  /** Parts of a manifest that the report shows in its own way. */
  private static final Set<String> SHOWN =
      Set.of("format", "formatVersion", "tokenizer", "dtype", "splits");

  private final Storage storage;
  private final Dataset dataset;
  private final List<String> splits;
  private final Findings findings;
  private final List<Findings.Damage> damaged;

  /** Null if its file is damaged. */
  private final Tokenizer tokenizer;

  /**
   * @param splits that were scanned
   * @param findings of the scan
   */
  public ReportBuilder(Storage storage, Dataset dataset, List<String> splits, Findings findings)
      throws IOException {
    this.storage = storage;
    this.dataset = dataset;
    this.splits = splits;
    this.findings = findings;
    this.damaged = new ArrayList<>(findings.damaged());
    this.tokenizer = tokenizer();
  }

  private Tokenizer tokenizer() throws IOException {
    try {
      return dataset.tokenizer();
    } catch (CorruptFileException | FileNotFoundException e) {
      damaged.add(new Findings.Damage(Dataset.TOKENIZER_FILE, e.getMessage()));
      return null;
    }
  }

  /**
   * @param samples documents to show
   * @param seed chooses them
   */
  public InspectionReport build(int samples, long seed) throws IOException {
    DatasetManifest.TokenizerEntry entry = dataset.manifest().tokenizer();
    List<DatasetManifest.Shard> shards =
        splits.stream().flatMap(split -> dataset.split(split).shards().stream()).toList();
    List<DatasetManifest.Shard> intact = shards.stream().filter(this::isIntact).toList();
    return new InspectionReport(
        dataset.directory().toString(),
        dataset.hash(),
        new InspectionReport.TokenizerLine(entry.kind(), entry.hash(), entry.vocabulary()),
        dataset.manifest().dtype(),
        splitLines(),
        vocabulary(),
        lengths(),
        manifest(),
        tokenizer == null
            ? List.of()
            : new SampleDocuments(storage, dataset, tokenizer).draw(intact, samples, seed),
        new InspectionReport.Shards(shards.size(), intact.size(), damaged));
  }

  private boolean isIntact(DatasetManifest.Shard shard) {
    return findings.damaged().stream().noneMatch(damage -> damage.shard().equals(shard.name()));
  }

  private Map<String, InspectionReport.SplitLine> splitLines() {
    Map<String, InspectionReport.SplitLine> lines = new LinkedHashMap<>();
    for (String name : splits) {
      DatasetManifest.SplitEntry split = dataset.split(name);
      lines.put(
          name,
          new InspectionReport.SplitLine(
              split.documents(),
              split.tokens(),
              split.textBytes(),
              (double) split.textBytes() / split.tokens(),
              split.shards().size()));
    }
    return lines;
  }

  private InspectionReport.VocabularyUse vocabulary() {
    TokenCounts counts = findings.tokens();
    double total = counts.total();
    return new InspectionReport.VocabularyUse(
        counts.vocabulary(),
        counts.used(),
        counts.vocabulary() - counts.used(),
        counts.entropyBits(),
        counts.top(TOP).stream()
            .map(
                top ->
                    new InspectionReport.TopToken(
                        top.token(), textOf(top.token()), top.count(), top.count() / total))
            .toList());
  }

  private String textOf(int token) {
    if (tokenizer == null) {
      return "";
    }
    byte[] bytes = tokenizer.decode(new int[] {token});
    boolean end = tokenizer.endOfText().isPresent() && tokenizer.endOfText().getAsInt() == token;
    return end ? "<|endoftext|>" : Printable.bytes(bytes);
  }

  private InspectionReport.Lengths lengths() {
    LengthHistogram lengths = findings.lengths();
    Map<String, Long> percentiles = new LinkedHashMap<>();
    for (int percent : PERCENTILES) {
      percentiles.put("p" + percent, lengths.percentile(percent));
    }
    return new InspectionReport.Lengths(
        lengths.documents() == 0 ? 0 : lengths.mean(),
        lengths.shortest(),
        lengths.longest(),
        percentiles,
        lengths.bars().stream()
            .map(bar -> new InspectionReport.Bar(bar.from(), bar.to(), bar.documents()))
            .collect(Collectors.toList()));
  }

  /** How the dataset was made, and counts of what was left out: whatever this manifest records. */
  private Map<String, Object> manifest() throws IOException {
    JsonNode tree =
        new ObjectMapper()
            .readTree(storage.read(new Path(dataset.directory(), DatasetManifest.FILE)));
    Map<String, Object> facts = new LinkedHashMap<>();
    tree.fields()
        .forEachRemaining(
            field -> {
              if (!SHOWN.contains(field.getKey())) {
                flatten(field.getKey(), field.getValue(), facts);
              }
            });
    return facts;
  }

  private static void flatten(String key, JsonNode value, Map<String, Object> into) {
    if (value.isObject()) {
      value.fields().forEachRemaining(f -> flatten(key + "." + f.getKey(), f.getValue(), into));
    } else if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        flatten(key + "." + i, value.get(i), into);
      }
    } else if (value.isIntegralNumber()) {
      into.put(key, value.asLong());
    } else {
      into.put(key, value.isNumber() ? (Object) value.asDouble() : value.asText());
    }
  }
}
