package org.kindling.spark.documents;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.io.compress.bzip2.CBZip2OutputStream;

/** Makes bzip2 files. */
final class Bzip2Files {
  private Bzip2Files() {}

  /**
   * A compressor with blocks of so many hundred kilobytes; the header is the caller's no longer.
   */
  static OutputStream compressor(OutputStream out, int blockSize) throws IOException {
    out.write("BZ".getBytes(StandardCharsets.US_ASCII));
    return new CBZip2OutputStream(out, blockSize);
  }
}
