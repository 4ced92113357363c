package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.SpecialTokens;
import org.kindling.tokenizer.StreamingEncoder;
import org.kindling.tokenizer.TokenBuffer;
import org.kindling.tokenizer.Tokenizer;

/**
 * The tokens of a document that is still being read, as the shard will have them. Only its end
 * tells where they go, or that they are to be forgotten. Up to {@value #MOST_HELD_BYTES} bytes stay
 * in memory, those of a longer document wait in a hidden file. Not thread-safe.
 */
final class PendingTokens implements Closeable {
  static final int MOST_HELD_BYTES = 16 << 20;
  private static final int COPY_BYTES = 1 << 16;

  private final Storage storage;
  private final Path overflow;
  private final Tokenizer tokenizer;
  private final TokenType type;
  private final StreamingEncoder encoder;
  private final TokenBuffer fresh = new TokenBuffer();
  private byte[] held = new byte[COPY_BYTES];
  private int heldBytes;
  private CommittedOutput spill;
  private long textBytes;

  PendingTokens(Storage storage, Path overflow, Tokenizer tokenizer, SpecialTokens specialTokens) {
    this.storage = storage;
    this.overflow = overflow;
    this.tokenizer = tokenizer;
    this.type = TokenType.forVocabulary(tokenizer.vocabulary());
    this.encoder = tokenizer.streaming(specialTokens);
  }

  void append(byte[] utf8, int from, int to) throws IOException {
    encoder.feed(utf8, from, to, fresh);
    textBytes += to - from;
    hold();
  }

  /** UTF-8 bytes of the document so far. */
  long textBytes() {
    return textBytes;
  }

  private void hold() throws IOException {
    int bytes = Math.multiplyExact(fresh.size(), type.bytes());
    if (heldBytes + (long) bytes > MOST_HELD_BYTES) {
      spill();
    }
    if (heldBytes + bytes > held.length) {
      held = Arrays.copyOf(held, Math.max(heldBytes + bytes, 2 * held.length));
    }
    type.encode(fresh, held, heldBytes);
    heldBytes += bytes;
    fresh.clear();
  }

  private void spill() throws IOException {
    if (spill == null) {
      spill = storage.createInExisting(overflow);
    }
    spill.write(held, 0, heldBytes);
    heldBytes = 0;
  }

  /** Ends the document, with the token that says so, and moves it to a shard. */
  void moveTo(IndexedTokensWriter shard) throws IOException {
    encoder.finish(fresh);
    tokenizer.endOfText().ifPresent(fresh::add);
    hold();
    if (spill != null) {
      spill();
      spill.commit();
      byte[] chunk = new byte[COPY_BYTES];
      try (InputStream in = storage.open(overflow)) {
        for (int n = in.readNBytes(chunk, 0, COPY_BYTES);
            n > 0;
            n = in.readNBytes(chunk, 0, COPY_BYTES)) {
          shard.appendEncoded(chunk, n);
        }
      }
    } else {
      shard.appendEncoded(held, heldBytes);
    }
    shard.endDocument();
    forget();
  }

  /** Ready for the next document. */
  void forget() throws IOException {
    encoder.reset();
    fresh.clear();
    heldBytes = 0;
    textBytes = 0;
    if (spill != null) {
      spill.close();
      storage.delete(overflow);
      spill = null;
    }
  }

  @Override
  public void close() throws IOException {
    forget();
  }
}
