package org.kindling.spark.documents;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.io.compress.SplitCompressionInputStream;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/** A file's decompressed bytes; damage to the compression is reported with the file's name. */
final class SourceStream extends InputStream {
  /** The block of bytes before any mark: those of the file's first block, or of no compression. */
  static final long FIRST_BLOCK = 0;

  /** Marks take 6 bytes and may begin at any bit. */
  private static final int MARK_BYTES = 8;

  private static final int HEADER_BYTES = 16;

  private final FSDataInputStream raw;
  private final InputStream decompressed;
  private final String file;
  private final SplitCompressionInputStream blocks;
  private final byte[] scratch;
  private long block;

  private SourceStream(FSDataInputStream raw, FilePart part, long from) throws IOException {
    this.raw = raw;
    this.file = part.name();
    boolean bzip2 = Compression.ofName(part.fileName()) == Compression.BZIP2;
    this.scratch = new byte[bzip2 ? 1 << 16 : 0];
    try {
      if (bzip2) {
        Bzip2Frame.require(raw, part);
        this.blocks = Compression.bzip2Blocks(raw, from, part.sizeBytes());
        this.decompressed = blocks;
        this.block = from == 0 ? FIRST_BLOCK : blocks.getPos();
      } else {
        this.blocks = null;
        this.decompressed = Compression.ofName(part.fileName()).decompress(raw, part.sizeBytes());
      }
    } catch (IOException e) {
      raw.close();
      throw isDamage(e) ? damage(e) : e;
    } catch (IndexOutOfBoundsException e) {
      // What bzip2 makes of some damage.
      raw.close();
      throw damage(e);
    }
  }

  /** A file from its beginning. */
  static SourceStream whole(Storage storage, FilePart part) throws IOException {
    return new SourceStream(storage.open(part.path()), part, 0);
  }

  /** A bzip2 file from a block whose {@link #block} is at most {@code part.from()}. */
  static SourceStream blocks(Storage storage, FilePart part) throws IOException {
    long from = part.from() <= HEADER_BYTES ? 0 : part.from() - MARK_BYTES;
    return new SourceStream(storage.open(part.path()), part, from);
  }

  /**
   * The bzip2 block that the bytes last read come from: the byte of the file after its mark, which
   * does not depend on where reading started. Bytes of two blocks never come from one {@link
   * #read}.
   */
  long block() {
    return block;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    try {
      if (blocks == null) {
        return decompressed.read(bytes, from, length);
      }
      return readBlock(bytes, from, length);
    } catch (CorruptFileException e) {
      throw e;
    } catch (IOException e) {
      throw isDamage(e) ? damage(e) : e;
    } catch (IndexOutOfBoundsException e) {
      throw damage(e);
    }
  }

  private int readBlock(byte[] bytes, int from, int length) throws IOException {
    long before = blocks.getPos();
    // Hadoop's stream reads past its limit when it starts a block anywhere but at index 0.
    int count = blocks.read(scratch, 0, Math.min(length, scratch.length));
    if (blocks.getPos() != before) {
      // It says one byte more of every block but the one it started with.
      block = blocks.getPos() - 1;
    }
    System.arraycopy(scratch, 0, bytes, from, Math.max(0, count));
    return count;
  }

  private static boolean isDamage(IOException e) {
    return e instanceof EOFException
        || e instanceof ZipException
        || e.getClass().getPackageName().startsWith("com.github.luben.zstd")
        || e.getStackTrace().length > 0
            && e.getStackTrace()[0].getClassName().contains(".compress.bzip2.");
  }

  private CorruptFileException damage(Exception e) throws IOException {
    return new CorruptFileException(
        file,
        position(),
        "cannot be decompressed (" + e.getMessage() + "); the file is truncated or damaged");
  }

  private long position() {
    try {
      return raw.getPos();
    } catch (IOException e) {
      return 0;
    }
  }

  @Override
  public void close() throws IOException {
    decompressed.close();
  }
}
