package org.kindling.corpus;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * One token shard opened for reading, written by Kindling or by Megatron-LM. Opening checks the
 * header, both sizes and the last sequence; {@link #check} reads the whole index. Threads may share
 * it.
 *
 * @see IndexedTokensWriter the format
 */
public final class IndexedTokens {
  private final Storage storage;
  private final Path bin;
  private final Path idx;
  private final TokenType type;
  private final IndexLayout layout;
  private final long tokens;

  private IndexedTokens(
      Storage storage, Path directory, String name, TokenType type, IndexLayout layout)
      throws IOException {
    this.storage = storage;
    this.bin = new Path(directory, name + ".bin");
    this.idx = new Path(directory, name + ".idx");
    this.type = type;
    this.layout = layout;
    this.tokens = storage.sizeBytes(bin) / type.bytes();
  }

  /**
   * Opens {@code NAME.idx} and {@code NAME.bin}.
   *
   * @throws CorruptFileException naming file, byte and likely cause if they are no valid shard
   */
  public static IndexedTokens open(Storage storage, Path directory, String name)
      throws IOException {
    Path idx = new Path(directory, name + ".idx");
    Path bin = new Path(directory, name + ".bin");
    try (FSDataInputStream in = storage.open(idx)) {
      long size = storage.sizeBytes(idx);
      ByteBuffer header = readHeader(storage, in, idx, bin, size);
      TokenType type = type(header, idx);
      IndexLayout layout = layout(header, idx, size);
      IndexedTokens shard = new IndexedTokens(storage, directory, name, type, layout);
      shard.checkLastSequence(in);
      return shard;
    }
  }

  private static ByteBuffer readHeader(
      Storage storage, FSDataInputStream in, Path idx, Path bin, long size) throws IOException {
    byte[] bytes = new byte[(int) Math.min(size, IndexLayout.HEADER_BYTES)];
    in.readFully(0, bytes);
    int magic = Arrays.mismatch(IndexLayout.MAGIC, bytes);
    if (magic >= 0 && magic < Math.min(bytes.length, IndexLayout.MAGIC.length)) {
      throw corrupt(
          idx, 0, "expected magic MMIDIDX, found " + found(bytes) + hint(storage, bytes, bin));
    }
    if (bytes.length < IndexLayout.HEADER_BYTES) {
      throw corrupt(
          idx,
          size,
          "ends within the header of "
              + IndexLayout.HEADER_BYTES
              + " bytes; the file is truncated, write or copy it again");
    }
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long version = header.getLong(IndexLayout.VERSION_AT);
    if (version != IndexLayout.VERSION) {
      throw corrupt(idx, IndexLayout.VERSION_AT, "expected version 1, found " + version);
    }
    return header;
  }

  private static String found(byte[] bytes) {
    return HexFormat.of().formatHex(bytes, 0, Math.min(8, bytes.length));
  }

  private static String hint(Storage storage, byte[] bytes, Path bin) throws IOException {
    if (bytes.length > 1 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b) {
      return "; the file looks gzipped, decompress it first";
    }
    if (storage.exists(bin) && storage.sizeBytes(bin) >= IndexLayout.MAGIC.length) {
      byte[] start = new byte[IndexLayout.MAGIC.length];
      try (FSDataInputStream in = storage.open(bin)) {
        in.readFully(0, start);
      }
      if (Arrays.equals(start, IndexLayout.MAGIC)) {
        return "; .idx and .bin are swapped, exchange their names";
      }
    }
    return "; this is no index of Megatron-LM's format";
  }

  private static TokenType type(ByteBuffer header, Path idx) throws IOException {
    int code = header.get(IndexLayout.TYPE_AT) & 0xff;
    return TokenType.ofCode(code)
        .orElseThrow(
            () ->
                corrupt(
                    idx,
                    IndexLayout.TYPE_AT,
                    "expected a token type of 1 to 5 or 8 (whole numbers), found " + code));
  }

  private static IndexLayout layout(ByteBuffer header, Path idx, long size) throws IOException {
    long sequences = header.getLong(IndexLayout.SEQUENCES_AT);
    long starts = header.getLong(IndexLayout.DOCUMENTS_AT);
    // Anything above this cannot be right, and below it the sizes cannot overflow.
    if (sequences < 1 || sequences > size / 12) {
      throw corrupt(
          idx,
          IndexLayout.SEQUENCES_AT,
          "expected 1 to "
              + size / 12
              + " sequences in a file of this size, found "
              + sequences
              + "; the file is truncated or damaged");
    }
    if (starts < 2 || starts > size / 8) {
      throw corrupt(
          idx,
          IndexLayout.DOCUMENTS_AT,
          "expected 2 to "
              + size / 8
              + " document starts in a file of this size, found "
              + starts
              + "; the file is truncated or damaged");
    }
    IndexLayout layout = new IndexLayout(sequences, starts);
    if (layout.sizeBytes() != size) {
      throw corrupt(
          idx,
          Math.min(size, layout.sizeBytes()),
          "expected "
              + layout.sizeBytes()
              + " bytes by its header, found "
              + size
              + (size < layout.sizeBytes() ? "; the file is truncated" : "; the file is too long"));
    }
    return layout;
  }

  private void checkLastSequence(FSDataInputStream in) throws IOException {
    long last = layout.sequences() - 1;
    long end =
        readLong(in, layout.offsetAt(last))
            + (long) readInt(in, layout.lengthAt(last)) * type.bytes();
    long size = storage.sizeBytes(bin);
    if (end != size) {
      throw corrupt(
          bin,
          Math.min(size, Math.max(end, 0)),
          "expected "
              + end
              + " bytes by its index, found "
              + size
              + (size < end
                  ? "; the file is truncated"
                  : "; index and tokens do not belong together"));
    }
  }

  /** How tokens are stored. */
  public TokenType type() {
    return type;
  }

  /** Where things are in the index. */
  IndexLayout layout() {
    return layout;
  }

  public long documents() {
    return layout.documentStarts() - 1;
  }

  public long tokens() {
    return tokens;
  }

  /**
   * Reads one document.
   *
   * @param document 0 to {@code documents() - 1}
   */
  public int[] document(long document) throws IOException {
    return document(document, Integer.MAX_VALUE);
  }

  /** Reads the first tokens of a document: all, if it has no more than {@code most}. */
  public int[] document(long document, int most) throws IOException {
    long[] span = span(document);
    int count = Math.toIntExact(Math.min(most, (span[1] - span[0]) / type.bytes()));
    byte[] bytes = new byte[Math.multiplyExact(count, type.bytes())];
    try (FSDataInputStream in = storage.open(bin)) {
      in.readFully(span[0], bytes);
    }
    int[] result = new int[count];
    type.decode(bytes, 0, result, 0, count);
    return result;
  }

  /** Length of a document in tokens. */
  public long documentTokens(long document) throws IOException {
    long[] span = span(document);
    return (span[1] - span[0]) / type.bytes();
  }

  /** Hands the length of every document in tokens to a consumer, in order; reads no tokens. */
  public void forEachDocument(LongConsumer length) throws IOException {
    try (DataInputStream starts = at(layout.documentAt(0));
        DataInputStream lengths = at(layout.lengthAt(0))) {
      long sequence = Long.reverseBytes(starts.readLong());
      for (long document = 0; document < documents(); document++) {
        long end = Long.reverseBytes(starts.readLong());
        long sum = 0;
        for (; sequence < end; sequence++) {
          sum += Integer.reverseBytes(lengths.readInt());
        }
        length.accept(sum);
      }
    }
  }

  /** First byte of a document in {@code .bin}, and the first after it. */
  private long[] span(long document) throws IOException {
    if (document < 0 || document >= documents()) {
      throw new IllegalArgumentException(
          idx + ": has documents 0 to " + (documents() - 1) + ", not " + document);
    }
    long from;
    long to;
    try (FSDataInputStream in = storage.open(idx)) {
      from = sequenceStart(in, readLong(in, layout.documentAt(document)));
      to = sequenceStart(in, readLong(in, layout.documentAt(document + 1)));
    }
    long count = (to - from) / type.bytes();
    if (from < 0 || count < 0 || count > tokens || to > tokens * type.bytes()) {
      throw corrupt(
          idx,
          layout.documentAt(document),
          "document "
              + document
              + " spans bytes "
              + from
              + " to "
              + to
              + " of a .bin of "
              + tokens * type.bytes());
    }
    return new long[] {from, to};
  }

  private long sequenceStart(FSDataInputStream in, long sequence) throws IOException {
    if (sequence == layout.sequences()) {
      return tokens * type.bytes();
    }
    if (sequence < 0 || sequence > layout.sequences()) {
      throw corrupt(
          idx,
          layout.documentAt(0),
          "a document starts at sequence " + sequence + " of " + layout.sequences());
    }
    return readLong(in, layout.offsetAt(sequence));
  }

  /**
   * Reads the whole index and checks that lengths are positive, that sequences follow one another
   * without gaps, and that documents start in order at 0 and end at the last sequence.
   *
   * @throws CorruptFileException at the first byte that says otherwise
   */
  public void check() throws IOException {
    try (DataInputStream lengths = at(layout.lengthAt(0));
        DataInputStream offsets = at(layout.offsetAt(0))) {
      long expected = 0;
      for (long i = 0; i < layout.sequences(); i++) {
        int length = Integer.reverseBytes(lengths.readInt());
        if (length < 0) {
          throw corrupt(idx, layout.lengthAt(i), "expected a length, found " + length);
        }
        long offset = Long.reverseBytes(offsets.readLong());
        if (offset != expected) {
          throw corrupt(
              idx, layout.offsetAt(i), "expected offset " + expected + ", found " + offset);
        }
        expected += (long) length * type.bytes();
      }
    }
    checkDocuments();
  }

  private void checkDocuments() throws IOException {
    try (DataInputStream starts = at(layout.documentAt(0))) {
      long previous = 0;
      for (long i = 0; i < layout.documentStarts(); i++) {
        long start = Long.reverseBytes(starts.readLong());
        boolean last = i == layout.documentStarts() - 1;
        boolean valid = i == 0 ? start == 0 : start >= previous && start <= layout.sequences();
        if (!valid || (last && start != layout.sequences())) {
          throw corrupt(
              idx,
              layout.documentAt(i),
              "expected a document start "
                  + (last ? "of " : "from " + previous + " to ")
                  + layout.sequences()
                  + ", found "
                  + start);
        }
        previous = start;
      }
    }
  }

  private DataInputStream at(long position) throws IOException {
    FSDataInputStream in = storage.open(idx);
    in.seek(position);
    return new DataInputStream(new BufferedInputStream(in, 1 << 16));
  }

  private static long readLong(FSDataInputStream in, long position) throws IOException {
    byte[] bytes = new byte[Long.BYTES];
    in.readFully(position, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private static int readInt(FSDataInputStream in, long position) throws IOException {
    byte[] bytes = new byte[Integer.BYTES];
    in.readFully(position, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private static CorruptFileException corrupt(Path file, long offset, String problem) {
    return new CorruptFileException(file.toString(), offset, problem);
  }
}
