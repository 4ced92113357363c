package org.kindling.corpus;

import java.io.IOException;

/** Tokens of which it is known where documents begin. For one thread. */
record SeparateDocuments(TokenReader reader, DocumentStarts starts) implements TokenReader {
  @Override
  public String name() {
    return reader.name();
  }

  @Override
  public long tokens() {
    return reader.tokens();
  }

  @Override
  public void read(long position, int[] target, int offset, int length) throws IOException {
    reader.read(position, target, offset, length);
  }

  @Override
  public DocumentMode documents() {
    return DocumentMode.SEPARATE;
  }

  @Override
  public int documentStarts(long from, long to, int[] places) throws IOException {
    return starts.between(from, to, places);
  }

  @Override
  public void close() throws IOException {
    starts.close();
    reader.close();
  }
}
