package org.kindling.spark.tokenization;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.kindling.corpus.InputFile;
import org.kindling.corpus.LedgerEntry;
import org.kindling.corpus.ShardWriter;
import org.kindling.spark.documents.DocumentGroup;
import org.kindling.spark.documents.DocumentReader;
import org.kindling.spark.documents.Documents;
import org.kindling.spark.documents.MalformedDocumentException;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.SpecialTokens;

/**
 * Tokenizes one group of documents. Every attempt writes files of its own name, and the driver
 * takes those that the first successful attempt reports, so retries and speculation do no harm.
 */
final class TokenizeGroup implements Function<DocumentGroup, LedgerEntry> {
  private static final int PIECE_BYTES = 1 << 16;

  private final Documents documents;
  private final Broadcast<SharedTokenizer> tokenizer;
  private final SpecialTokens specialTokens;
  private final SplitPlan plan;
  private final String directory;
  private final String run;

  /**
   * @param directory for the parts
   * @param run tells the parts of this job from those of one that was killed
   */
  TokenizeGroup(
      Documents documents,
      Broadcast<SharedTokenizer> tokenizer,
      SpecialTokens specialTokens,
      SplitPlan plan,
      Path directory,
      String run) {
    this.documents = documents;
    this.tokenizer = tokenizer;
    this.specialTokens = specialTokens;
    this.plan = plan;
    this.directory = directory.toString();
    this.run = run;
  }

  @Override
  public LedgerEntry call(DocumentGroup group) throws IOException {
    String name =
        String.format("group-%05d-%s-%d", group.number(), run, TaskContext.get().taskAttemptId());
    try (DocumentReader reader = documents.reader(group);
        ShardWriter writer =
            new ShardWriter(
                documents.storage(),
                new Path(directory),
                name,
                tokenizer.value().get(),
                specialTokens,
                plan.rule(group.number()))) {
      byte[] piece = new byte[PIECE_BYTES];
      while (reader.nextDocument()) {
        tokenize(reader, piece, writer);
      }
      requireUnchanged(group);
      return LedgerEntry.of(group.number(), group.input(), writer.commit(), reader.skipped());
    }
  }

  private static void tokenize(DocumentReader reader, byte[] piece, ShardWriter writer)
      throws IOException {
    try {
      for (int n = reader.read(piece, 0, piece.length);
          n > 0;
          n = reader.read(piece, 0, piece.length)) {
        writer.append(piece, 0, n);
      }
      writer.endDocument();
    } catch (MalformedDocumentException e) {
      // The reader has counted it.
      writer.forgetDocument();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(reader.where() + ", " + e.getMessage(), e);
    }
  }

  /** A file written to while it is read would give tokens of neither the old nor the new text. */
  private void requireUnchanged(DocumentGroup group) throws IOException {
    for (InputFile file : group.input()) {
      Storage.StoredFile now = documents.storage().stored(new Path(file.path()));
      if (now.sizeBytes() != file.sizeBytes() || now.modifiedMillis() != file.modifiedMillis()) {
        throw new IllegalArgumentException(
            file.path()
                + ": has changed while it was being read; start again when nothing writes to the"
                + " corpus any more");
      }
    }
  }
}
