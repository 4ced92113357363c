package org.kindling.spark.documents;

import java.io.IOException;
import java.io.InputStream;
import org.kindling.storage.CorruptFileException;

/** A stream of UTF-8 in chunks of whole characters, in 64 KiB of memory. Not thread-safe. */
public final class TextChunks {
  private final InputStream in;
  private final String source;
  private final byte[] bytes = new byte[1 << 16];
  private int given;
  private int read;
  private long offset;

  /**
   * @param source of the bytes, as the user would name it
   */
  public TextChunks(InputStream in, String source) {
    this.in = in;
    this.source = source;
  }

  /** Where the chunk lies, from the first byte on; overwritten by {@link #next}. */
  public byte[] bytes() {
    return bytes;
  }

  /**
   * Reads the next chunk.
   *
   * @return its size, -1 at the end
   * @throws CorruptFileException if a byte is not UTF-8, with its offset
   */
  public int next() throws IOException {
    System.arraycopy(bytes, given, bytes, 0, read - given);
    offset += given;
    read -= given;
    int more = in.readNBytes(bytes, read, bytes.length - read);
    read += more;
    given = Utf8Validator.wellFormed(bytes, 0, read);
    boolean cut = given < read && Utf8Validator.character(bytes, given, read) == 0;
    if (given < read && (!cut || read < bytes.length)) {
      throw new CorruptFileException(
          source,
          offset + given,
          String.format(
              "expected UTF-8 text, found 0x%02x; convert the text to UTF-8", bytes[given]));
    }
    return read == 0 ? -1 : given;
  }
}
