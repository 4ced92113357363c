package org.kindling.spark.documents;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.io.compress.BZip2Codec;
import org.apache.hadoop.io.compress.SplitCompressionInputStream;
import org.apache.hadoop.io.compress.SplittableCompressionCodec.READ_MODE;

/** Compression of a whole file, as its suffix says. */
enum Compression {
  NONE(""),
  GZIP(".gz"),
  BZIP2(".bz2"),
  ZSTANDARD(".zst");

  private static final int BUFFER_BYTES = 1 << 16;

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  static Compression ofName(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    for (Compression compression : values()) {
      if (compression != NONE && name.endsWith(compression.suffix)) {
        return compression;
      }
    }
    return NONE;
  }

  /** The file name without the suffix of the compression. */
  String strip(String fileName) {
    return fileName.substring(0, fileName.length() - suffix.length());
  }

  /** Whether reading can start in the middle of a file. */
  boolean splittable() {
    return this == NONE || this == BZIP2;
  }

  /** The content of a file from its beginning; bzip2 is read by {@link #bzip2Blocks}. */
  InputStream decompress(FSDataInputStream in, long sizeBytes) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(new MoreToCome(in, sizeBytes), BUFFER_BYTES);
      case BZIP2 -> throw new IllegalStateException("bzip2 is read by blocks");
      case ZSTANDARD -> new ZstdInputStream(in);
    };
  }

  /** The blocks of a bzip2 file whose marks begin at or after a byte of the file. */
  static SplitCompressionInputStream bzip2Blocks(FSDataInputStream in, long from, long to)
      throws IOException {
    return new BZip2Codec().createInputStream(in, null, from, to, READ_MODE.BYBLOCK);
  }

  /**
   * A stream that says whether more bytes follow. {@link GZIPInputStream} looks for another member
   * only if some are {@link #available}, and streams of object stores may say 0 at any time: half a
   * file would be lost in silence.
   */
  private static final class MoreToCome extends InputStream {
    private final FSDataInputStream in;
    private final long sizeBytes;

    MoreToCome(FSDataInputStream in, long sizeBytes) {
      this.in = in;
      this.sizeBytes = sizeBytes;
    }

    @Override
    public int read() throws IOException {
      return in.read();
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      return in.read(bytes, from, length);
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(Integer.MAX_VALUE, sizeBytes - in.getPos());
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
