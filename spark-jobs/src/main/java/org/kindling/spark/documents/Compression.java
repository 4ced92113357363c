package org.kindling.spark.documents;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** Compression of a whole file, as its suffix says. */
enum Compression {
  NONE(""),
  GZIP(".gz"),
  ZSTANDARD(".zst");

  private static final int BUFFER_BYTES = 1 << 16;

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  static Compression ofName(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return name.endsWith(GZIP.suffix) ? GZIP : name.endsWith(ZSTANDARD.suffix) ? ZSTANDARD : NONE;
  }

  /** The file name without the suffix of the compression. */
  String strip(String fileName) {
    return fileName.substring(0, fileName.length() - suffix.length());
  }

  InputStream decompress(InputStream in) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(in, BUFFER_BYTES);
      case ZSTANDARD -> new ZstdInputStream(in);
    };
  }
}
