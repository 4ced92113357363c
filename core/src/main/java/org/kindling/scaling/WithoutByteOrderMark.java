package org.kindling.scaling;

import java.io.FilterReader;
import java.io.IOException;
import java.io.PushbackReader;
import java.io.Reader;

/**
 * Skips the mark that spreadsheets put before UTF-8, which would become part of a column's name.
 */
final class WithoutByteOrderMark extends FilterReader {
  WithoutByteOrderMark(Reader reader) throws IOException {
    super(new PushbackReader(reader));
    int first = in.read();
    if (first >= 0 && first != '\uFEFF') {
      ((PushbackReader) in).unread(first);
    }
  }
}
