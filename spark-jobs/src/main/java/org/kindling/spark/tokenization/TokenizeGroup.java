package org.kindling.spark.tokenization;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.kindling.corpus.ShardWriter;
import org.kindling.spark.documents.DocumentGroup;
import org.kindling.spark.documents.DocumentReader;
import org.kindling.spark.documents.Documents;

/**
 * Tokenizes one group of documents. Every attempt writes files of its own name, and the driver
 * takes those that the successful attempt reports, so retries and speculation do no harm.
 */
final class TokenizeGroup implements Function<DocumentGroup, WrittenPart> {
  private final Documents documents;
  private final Broadcast<SharedTokenizer> tokenizer;
  private final SplitPlan plan;
  private final String directory;

  TokenizeGroup(
      Documents documents, Broadcast<SharedTokenizer> tokenizer, SplitPlan plan, Path directory) {
    this.documents = documents;
    this.tokenizer = tokenizer;
    this.plan = plan;
    this.directory = directory.toString();
  }

  @Override
  public WrittenPart call(DocumentGroup group) throws IOException {
    try (DocumentReader reader = documents.reader(group);
        ShardWriter writer =
            new ShardWriter(
                documents.storage(),
                new Path(directory),
                "part-" + group.number() + "-attempt-" + TaskContext.get().taskAttemptId(),
                tokenizer.value().get(),
                plan.rule(group.number()))) {
      for (String text = reader.next(); text != null; text = reader.next()) {
        add(text, reader, writer);
      }
      return new WrittenPart(writer.commit(), reader.skipped());
    }
  }

  private static void add(String text, DocumentReader reader, ShardWriter writer)
      throws IOException {
    try {
      writer.add(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(reader.where() + ", " + e.getMessage(), e);
    }
  }
}
