package org.kindling.spark.documents;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.kindling.storage.Storage;

/**
 * Documents of a text file between lines that equal the separator. The line break before a
 * separator, or at the end of the file, is no part of the document.
 */
final class SeparatedReader implements PartReader {
  private final FilePart part;
  private final TextDecoder decoder;
  private final byte[] separator;
  private final LineReader lines;
  private final Bytes document = new Bytes();
  private long start;
  private boolean inside;
  private String text;

  SeparatedReader(Storage storage, FilePart part, String separator, TextDecoder decoder)
      throws IOException {
    this.part = part;
    this.decoder = decoder;
    this.separator = separator.getBytes(StandardCharsets.UTF_8);
    this.lines = new LineReader(storage, part);
    this.inside = part.from() == 0;
  }

  /** Lets the decoder see the bytes without a copy. */
  private static final class Bytes extends ByteArrayOutputStream {
    byte[] array() {
      return buf;
    }

    void cutLast(int bytes) {
      count -= bytes;
    }
  }

  @Override
  public boolean advance() throws IOException {
    while (inside || findSeparator()) {
      inside = false;
      if (collect()) {
        text = decoder.decode(document.array(), document.size(), part.name(), start);
        return true;
      }
    }
    return false;
  }

  /** A document belongs to the part its separator line begins in, however far it reaches. */
  private boolean findSeparator() throws IOException {
    while (lines.advance()) {
      if (part.endsBefore(lines.start())) {
        return false;
      }
      if (isSeparator()) {
        return true;
      }
    }
    return false;
  }

  /** Collects lines up to the next separator; whether there was any text. */
  private boolean collect() throws IOException {
    document.reset();
    int lineBreak = 0;
    while (lines.advance()) {
      if (isSeparator()) {
        inside = !part.endsBefore(lines.start());
        break;
      }
      if (document.size() == 0) {
        start = lines.start();
      }
      document.write(lines.bytes(), 0, lines.length());
      byte[] end = lines.lineBreak().getBytes(StandardCharsets.US_ASCII);
      document.write(end, 0, end.length);
      lineBreak = end.length;
    }
    document.cutLast(document.size() == 0 ? 0 : lineBreak);
    return document.size() > 0;
  }

  private boolean isSeparator() {
    return Arrays.equals(lines.bytes(), 0, lines.length(), separator, 0, separator.length);
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public String where() {
    return part.name() + ", byte " + start;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
