package org.kindling.spark.tokenization;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DatasetManifest;
import org.kindling.corpus.DatasetOutput;
import org.kindling.corpus.Split;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.documents.DocumentReader;
import org.kindling.spark.documents.Documents;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.CharacterTokenizer;
import org.kindling.tokenizer.CodePoints;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  public Tokenization(SparkSession session, TokenizationSettings settings) {
    this.session = session;
    this.context = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.storage = Cluster.storage(session);
    this.settings = settings;
  }

  /**
   * What was made.
   *
   * @param dataset the dataset, published
   * @param seconds it took to read, tokenize and write, without training the tokenizer
   */
  public record Result(Dataset dataset, double seconds) {}

  /** Runs the whole job. A failure leaves nothing behind. */
  public Result run() throws IOException {
    requireOutputOutsideInput();
    try (DatasetOutput output =
        settings.overwrite()
            ? DatasetOutput.replace(storage, settings.output())
            : DatasetOutput.create(storage, settings.output())) {
      Documents documents =
          Documents.open(session, settings.inputs(), settings.rules(), settings.shards());
      Tokenizer tokenizer = tokenizer(documents);
      long start = System.nanoTime();
      SplitPlan plan = plan(documents);
      List<WrittenPart> parts = write(documents, tokenizer, plan, output.parts());
      requireSplits(parts);
      Dataset dataset = publish(output, tokenizer, parts);
      return new Result(dataset, (System.nanoTime() - start) / 1e9);
    }
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

  private Tokenizer tokenizer(Documents documents) throws IOException {
    if (!settings.tokenizer().equals(CHARACTERS)) {
      return Tokenizers.load(storage, settings.tokenizer());
    }
    describe("collecting the characters of " + counted(documents.files(), "file"));
    CodePoints seen =
        documents
            .tasks()
            .map(
                group -> {
                  CodePoints points = new CodePoints();
                  try (DocumentReader reader = documents.reader(group)) {
                    for (String text = reader.next(); text != null; text = reader.next()) {
                      points.add(text);
                    }
                  }
                  return points;
                })
            .treeReduce(CodePoints::merge);
    if (seen.isEmpty()) {
      throw empty();
    }
    return CharacterTokenizer.train(seen);
  }

  private SplitPlan plan(Documents documents) {
    if (settings.split() == SplitMethod.HASH) {
      return SplitPlan.hash(settings.validationFraction());
    }
    describe("counting the characters of " + counted(documents.files(), "file"));
    List<Long> characters =
        documents
            .tasks()
            .map(
                group -> {
                  long count = 0;
                  try (DocumentReader reader = documents.reader(group)) {
                    for (String text = reader.next(); text != null; text = reader.next()) {
                      count += text.codePointCount(0, text.length());
                    }
                  }
                  return count;
                })
            .collect();
    return SplitPlan.tail(
        characters.stream().mapToLong(Long::longValue).toArray(), settings.validationFraction());
  }

  private List<WrittenPart> write(
      Documents documents, Tokenizer tokenizer, SplitPlan plan, Path directory) {
    describe(
        String.format(
            Locale.ROOT,
            "tokenizing %s of %.1f MB in %s",
            counted(documents.files(), "file"),
            documents.sizeBytes() / 1e6,
            counted(documents.groups().size(), "part")));
    var shared = context.broadcast(new SharedTokenizer(tokenizer));
    return documents.tasks().map(new TokenizeGroup(documents, shared, plan, directory)).collect();
  }

  private static String counted(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  private void describe(String step) {
    LOG.info(step);
    context.setJobDescription(step);
  }

  private void requireSplits(List<WrittenPart> parts) {
    long training = documents(parts, Split.TRAIN);
    long validation = documents(parts, Split.VALIDATION);
    if (training + validation == 0) {
      throw empty();
    }
    boolean wanted = settings.validationFraction() > 0;
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

  private static long documents(List<WrittenPart> parts, Split split) {
    return parts.stream()
        .map(part -> part.shards().get(split))
        .filter(shard -> shard != null)
        .mapToLong(DatasetManifest.Shard::documents)
        .sum();
  }

  private IllegalArgumentException empty() {
    return new IllegalArgumentException(
        "--input "
            + settings.inputNames()
            + ": holds no text, only empty or malformed documents; give a corpus with text in it");
  }

  private Dataset publish(DatasetOutput output, Tokenizer tokenizer, List<WrittenPart> parts)
      throws IOException {
    DatasetManifest.Options options =
        new DatasetManifest.Options(
            settings.split().label(),
            settings.validationFraction(),
            settings.rules().onMalformed().name().toLowerCase(Locale.ROOT));
    long skipped = parts.stream().mapToLong(WrittenPart::skippedDocuments).sum();
    return output.publish(
        tokenizer, options, skipped, parts.stream().map(WrittenPart::shards).toList());
  }
}
