package org.kindling.spark.tokenization;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DatasetJob;
import org.kindling.corpus.DatasetManifest;
import org.kindling.corpus.DatasetOutput;
import org.kindling.corpus.LedgerEntry;
import org.kindling.corpus.Split;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.documents.DocumentGroup;
import org.kindling.spark.documents.Documents;
import org.kindling.spark.documents.Normalization;
import org.kindling.spark.progress.StatusLine;
import org.kindling.spark.progress.TaskProgress;
import org.kindling.spark.progress.WorkProgress;
import org.kindling.spark.quality.DocumentSelection;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.CharacterTokenizer;
import org.kindling.tokenizer.CodePoints;
import org.kindling.tokenizer.SpecialTokens;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Makes a dataset of a corpus. The same corpus and settings give the same bytes, whatever the
 * number of executors and cores.
 */
public final class Tokenization {
  private static final Logger LOG = LoggerFactory.getLogger(Tokenization.class);

  /** The tokenizer whose vocabulary is the characters of the corpus at hand. */
  private static final String CHARACTERS = "char";

  private final JavaSparkContext context;
  private final SparkSession session;
  private final Storage storage;
  private final TokenizationSettings settings;
  private final StatusLine line;
  private String advice;

  /**
   * @param line says how far the job is
   */
  public Tokenization(SparkSession session, TokenizationSettings settings, StatusLine line) {
    this.session = session;
    this.context = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.storage = Cluster.storage(session);
    this.settings = settings;
    this.line = line;
  }

  /**
   * What was made.
   *
   * @param dataset the dataset, published
   * @param inputBytes of the files, as they are stored, that this job read, without what an earlier
   *     one had finished
   * @param seconds it took to read, tokenize and write, without training the tokenizer
   */
  public record Result(Dataset dataset, long inputBytes, double seconds) {}

  /**
   * Runs the whole job. If it fails, what is finished stays for a later job to go on with, and
   * {@link #advice} says so.
   */
  public Result run() throws IOException {
    requireOutputOutsideInput();
    Documents documents =
        Documents.open(session, settings.inputs(), settings.rules(), settings.shards());
    Optional<Tokenizer> known = knownTokenizer();
    DatasetJob job = new Job(settings, known, documents).describe();
    try (DatasetOutput output =
        DatasetOutput.open(storage, settings.output(), job, settings.mode())) {
      if (output.published().isPresent()) {
        return new Result(output.published().get(), 0, 0);
      }
      try {
        return make(documents, known, output);
      } catch (Exception e) {
        advice = output.isResumable() ? advice(output, documents.groups().size()) : null;
        throw e;
      }
    }
  }

  /** How to go on after a failure; empty if there is nothing to go on with. */
  public Optional<String> advice() {
    return Optional.ofNullable(advice);
  }

  private static String advice(DatasetOutput output, int groups) {
    return String.format(
        Locale.ROOT,
        "%,d of %,d shards are finished; give the same command with --resume to go on from there",
        output.finished().size(),
        groups);
  }

  private Result make(Documents corpus, Optional<Tokenizer> known, DatasetOutput output)
      throws IOException {
    long start = System.nanoTime();
    List<DocumentGroup> left = unfinished(corpus, output);
    DocumentSelection selection = select(corpus, output);
    Documents documents = corpus.selecting(selection);
    Tokenizer tokenizer = known.isPresent() ? known.get() : learn(documents, output, selection);
    long learned = System.nanoTime();
    SplitPlan plan = plan(documents);
    write(documents, left, tokenizer, plan, output);
    requireSplits(output, selection);
    Dataset dataset = output.publish(tokenizer, options(), selection.dropped());
    double seconds = (System.nanoTime() - (known.isPresent() ? start : learned)) / 1e9;
    long inputBytes = left.stream().mapToLong(DocumentGroup::sizeBytes).sum();
    return new Result(dataset, inputBytes, seconds);
  }

  /** A dataset inside its own corpus would be part of the corpus the next time. */
  private void requireOutputOutsideInput() throws IOException {
    Path output = storage.qualified(settings.output());
    for (Path named : settings.inputs()) {
      Path input = storage.qualified(named);
      for (Path above = output; above != null; above = above.getParent()) {
        if (above.equals(input)) {
          throw new IllegalArgumentException(
              "--output "
                  + settings.output()
                  + ": lies in --input "
                  + named
                  + " and would be read as text the next time; choose another");
        }
      }
    }
  }

  private Optional<Tokenizer> knownTokenizer() throws IOException {
    return settings.tokenizer().equals(CHARACTERS)
        ? Optional.empty()
        : Optional.of(Tokenizers.load(storage, settings.tokenizer()));
  }

  /** The groups that no earlier job has finished, or whose files are no longer what it wrote. */
  private List<DocumentGroup> unfinished(Documents documents, DatasetOutput output)
      throws IOException {
    output.damagedEntries().forEach(error -> line.print(error + "; its shard is made again"));
    verify(documents, output);
    Set<Integer> finished =
        output.finished().stream().map(LedgerEntry::group).collect(Collectors.toSet());
    if (!finished.isEmpty()) {
      line.print(
          String.format(
              Locale.ROOT,
              "going on with %s: %,d of %,d shards are finished",
              output.unfinished(),
              finished.size(),
              documents.groups().size()));
    }
    return documents.groups().stream().filter(g -> !finished.contains(g.number())).toList();
  }

  private void verify(Documents documents, DatasetOutput output) throws IOException {
    List<LedgerEntry> entries = List.copyOf(output.finished());
    if (entries.isEmpty()) {
      return;
    }
    describe("checking " + counted(entries.size(), "finished shard"));
    String parts = output.parts().toString();
    List<Tuple2<Integer, String>> damaged;
    try (TaskProgress progress = TaskProgress.of(session.sparkContext(), line)) {
      damaged =
          context
              .parallelize(entries, entries.size())
              .flatMap(
                  entry ->
                      entry.damage(documents.storage(), new Path(parts)).stream()
                          .map(problem -> new Tuple2<>(entry.group(), problem))
                          .iterator())
              .collect();
    }
    for (Tuple2<Integer, String> damage : damaged) {
      line.print(damage._2() + "; it is made again");
      output.redo(damage._1());
    }
  }

  private DocumentSelection select(Documents corpus, DatasetOutput output) throws IOException {
    try (TaskProgress progress = TaskProgress.of(session.sparkContext(), line)) {
      return DocumentSelection.make(
          corpus, settings.quality(), output.selection(), output.dropped());
    }
  }

  private Tokenizer learn(Documents documents, DatasetOutput output, DocumentSelection selection)
      throws IOException {
    describe("collecting the characters of " + counted(documents.files(), "file"));
    CodePoints seen;
    try (TaskProgress progress = TaskProgress.of(session.sparkContext(), line)) {
      seen = Characters.seen(documents).treeReduce(CodePoints::merge);
    }
    if (seen.isEmpty()) {
      output.discard();
      throw selection.dropped().isEmpty() ? empty() : nothingLeft(selection);
    }
    return CharacterTokenizer.train(seen);
  }

  private SplitPlan plan(Documents documents) {
    if (settings.split() == SplitMethod.HASH) {
      return SplitPlan.hash(settings.validationFraction());
    }
    describe("counting the characters of " + counted(documents.files(), "file"));
    List<Long> characters;
    try (TaskProgress progress = TaskProgress.of(session.sparkContext(), line)) {
      characters = Characters.counts(documents).collect();
    }
    return SplitPlan.tail(
        characters.stream().mapToLong(Long::longValue).toArray(), settings.validationFraction());
  }

  /** Writes the groups that are left. */
  private void write(
      Documents documents,
      List<DocumentGroup> left,
      Tokenizer tokenizer,
      SplitPlan plan,
      DatasetOutput output)
      throws IOException {
    int total = documents.groups().size();
    describe(
        String.format(
            Locale.ROOT,
            "tokenizing %s of %.1f MB in %s",
            counted(documents.files(), "file"),
            documents.sizeBytes() / 1e6,
            counted(total, "part")));
    if (left.isEmpty()) {
      return;
    }
    var shared = context.broadcast(new SharedTokenizer(tokenizer));
    String run = UUID.randomUUID().toString().substring(0, 8);
    var task =
        new TokenizeGroup(documents, shared, settings.specialTokens(), plan, output.parts(), run);
    var progress = new WorkProgress(line, "tokenizing", "shards", total, total - left.size());
    FirstResults.each(
        documents.tasks(left).map(task),
        LedgerEntry.class,
        entry -> {
          output.finish(entry);
          progress.finished(entry.textBytes());
        });
  }

  private static String counted(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  private void describe(String step) {
    LOG.info(step);
    context.setJobDescription(step);
  }

  private void requireSplits(DatasetOutput output, DocumentSelection selection) {
    long training = documents(output, Split.TRAIN);
    long validation = documents(output, Split.VALIDATION);
    boolean wanted = settings.validationFraction() > 0;
    if (training + validation == 0 || training == 0 || wanted && validation == 0) {
      output.discard();
    }
    if (training + validation == 0) {
      throw selection.dropped().isEmpty() ? empty() : nothingLeft(selection);
    }
    if (training > 0 && (validation > 0 || !wanted)) {
      return;
    }
    throw new IllegalArgumentException(
        "--input "
            + settings.inputNames()
            + ": of "
            + (training + validation)
            + " documents none is for "
            + (training == 0 ? Split.TRAIN : Split.VALIDATION).label()
            + "; "
            + (settings.split() == SplitMethod.HASH
                ? "for a corpus of few documents choose --split tail"
                : "choose another --validation-fraction, or give more text"));
  }

  private static long documents(DatasetOutput output, Split split) {
    return output.finished().stream()
        .flatMap(entry -> entry.shard(split).stream())
        .mapToLong(DatasetManifest.Shard::documents)
        .sum();
  }

  private IllegalArgumentException empty() {
    return new IllegalArgumentException(
        "--input "
            + settings.inputNames()
            + ": holds no text, only empty or malformed documents; give a corpus with text in it");
  }

  private IllegalArgumentException nothingLeft(DocumentSelection selection) {
    String counts =
        selection.dropped().entrySet().stream()
            .map(reason -> String.format(Locale.ROOT, "%,d %s", reason.getValue(), reason.getKey()))
            .collect(Collectors.joining(", "));
    return new IllegalArgumentException(
        "--input "
            + settings.inputNames()
            + ": no document is left ("
            + counts
            + "); set looser limits");
  }

  private DatasetManifest.Options options() {
    return new DatasetManifest.Options(
        settings.split().label(),
        settings.validationFraction(),
        settings.rules().onMalformed().name().toLowerCase(Locale.ROOT),
        settings.rules().normalization() == Normalization.NONE
            ? null
            : settings.rules().normalization().label(),
        settings.specialTokens() == SpecialTokens.REFUSE
            ? null
            : settings.specialTokens().name().toLowerCase(Locale.ROOT),
        settings.quality().steps());
  }
}
