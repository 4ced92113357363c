package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.documents.DocumentOptions;
import org.kindling.spark.documents.Documents;
import org.kindling.spark.progress.StatusLine;
import org.kindling.spark.progress.TaskProgress;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.BytePairTrainer;
import org.kindling.tokenizer.CharacterTokenizer;
import org.kindling.tokenizer.CodePoints;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling tokenizer}: learns a tokenizer from a corpus. */
@Command(
    name = "tokenizer",
    mixinStandardHelpOptions = true,
    description = "Learns a tokenizer from a corpus and writes it as tokenizer.json.")
public final class TokenizerJob implements Callable<Integer> {
  /** What can be learned. */
  enum Kind {
    BPE,
    CHAR
  }

  @Spec private CommandSpec spec;
  @Mixin private DocumentOptions documents;

  @Option(
      names = "--kind",
      defaultValue = "bpe",
      paramLabel = "bpe|char",
      description = "Byte pairs or single characters (default: ${DEFAULT-VALUE}).")
  private Kind kind;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      description =
          "Entries of a byte-pair tokenizer: 256 bytes, N - 257 merges and the end of text.")
  private Integer vocabulary;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Where tokenizer.json is written; an older one is replaced.")
  private String output;

  @Override
  public Integer call() throws IOException {
    requireVocabulary();
    Path directory = new Path(output);
    try (SparkSession session = Cluster.open("tokenizer");
        StatusLine line = StatusLine.standard();
        TaskProgress progress = TaskProgress.of(session.sparkContext(), line)) {
      Storage storage = Cluster.storage(session);
      requireOwnDirectory(storage, directory);
      session
          .sparkContext()
          .setJobDescription("tokenizer: count what " + documents.inputs() + " holds");
      Tokenizer learned = learn(Documents.read(session, documents));
      Path file = new Path(directory, Tokenizers.FILE_NAME);
      storage.writeText(file, learned.toJson());
      spec.commandLine().getOut().println(file + ": " + learned);
    }
    return 0;
  }

  private Tokenizer learn(JavaRDD<String> texts) {
    return switch (kind) {
      case BPE -> BytePairTrainer.train(PieceCounting.count(texts), vocabulary);
      case CHAR ->
          CharacterTokenizer.train(
              texts.treeAggregate(new CodePoints(), CodePoints::add, CodePoints::merge));
    };
  }

  private void requireVocabulary() {
    if (kind == Kind.CHAR && vocabulary != null) {
      throw new IllegalArgumentException(
          "--vocabulary "
              + vocabulary
              + ": the vocabulary of --kind char is the characters of the corpus; leave it out");
    }
    if (kind == Kind.BPE && vocabulary == null) {
      throw new IllegalArgumentException(
          "--vocabulary: missing; say how many entries --kind bpe shall have, for example 4096");
    }
    if (kind == Kind.BPE) {
      BytePairTrainer.requireVocabulary(vocabulary);
    }
  }

  /** A dataset has a tokenizer.json too, and replacing it would make its tokens unreadable. */
  private static void requireOwnDirectory(Storage storage, Path directory) throws IOException {
    storage.requireOurs(directory, Tokenizers.FILE_NAME);
    for (Path child : storage.list(directory)) {
      if (!child.getName().equals(Tokenizers.FILE_NAME)) {
        throw new IllegalArgumentException(
            directory
                + ": holds more than a tokenizer (first: "
                + child.getName()
                + "); choose an empty or new directory");
      }
    }
  }
}
