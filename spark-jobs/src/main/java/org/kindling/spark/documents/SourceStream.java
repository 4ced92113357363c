package org.kindling.spark.documents;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.kindling.storage.CorruptFileException;

/** A file's decompressed bytes; damage to the compression is reported with the file's name. */
final class SourceStream extends FilterInputStream {
  private final FSDataInputStream raw;
  private final String file;

  private SourceStream(FSDataInputStream raw, InputStream decompressed, String file) {
    super(decompressed);
    this.raw = raw;
    this.file = file;
  }

  /** Opens a whole file. */
  static InputStream decompressed(FSDataInputStream raw, FilePart part) throws IOException {
    Compression compression = Compression.ofName(part.path().getName());
    if (compression == Compression.NONE) {
      return raw;
    }
    try {
      return new SourceStream(raw, compression.decompress(raw), part.name());
    } catch (EOFException | ZipException e) {
      throw new CorruptFileException(part.name(), 0, problem(e));
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      return super.read(bytes, offset, length);
    } catch (CorruptFileException e) {
      throw e;
    } catch (IOException e) {
      if (e instanceof EOFException
          || e instanceof ZipException
          || e.getClass().getPackageName().startsWith("com.github.luben.zstd")) {
        throw new CorruptFileException(file, raw.getPos(), problem(e));
      }
      throw e;
    }
  }

  private static String problem(IOException e) {
    return "cannot be decompressed (" + e.getMessage() + "); the file is truncated or damaged";
  }
}
