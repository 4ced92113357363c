package org.kindling.spark.documents;

import java.io.IOException;
import java.io.InputStream;
import org.kindling.storage.Storage;

/** A text file as one document. */
final class WholeFileReader implements PartReader {
  private final FilePart part;
  private final InputStream in;
  private boolean advanced;

  WholeFileReader(Storage storage, FilePart part) throws IOException {
    this.part = part;
    this.in = SourceStream.whole(storage, part);
  }

  @Override
  public boolean advance() {
    boolean first = !advanced;
    advanced = true;
    return first;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    return in.read(bytes, from, length);
  }

  @Override
  public long position() {
    return 0;
  }

  @Override
  public String source() {
    return part.name();
  }

  @Override
  public long textStart() {
    return 0;
  }

  @Override
  public String where() {
    return part.name();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
