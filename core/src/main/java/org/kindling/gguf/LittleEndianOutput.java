package org.kindling.gguf;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes GGUF's numbers and strings and counts the bytes. Not thread-safe. */
final class LittleEndianOutput {
  private final OutputStream out;
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long position;

  LittleEndianOutput(OutputStream out) {
    this.out = out;
  }

  long position() {
    return position;
  }

  void int8(int value) throws IOException {
    out.write(value);
    position++;
  }

  void int32(int value) throws IOException {
    number.putInt(0, value);
    bytes(number.array(), Integer.BYTES);
  }

  void int64(long value) throws IOException {
    number.putLong(0, value);
    bytes(number.array(), Long.BYTES);
  }

  void float32(float value) throws IOException {
    int32(Float.floatToRawIntBits(value));
  }

  /** Length in bytes, then UTF-8. */
  void text(String value) throws IOException {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    int64(utf8.length);
    bytes(utf8, utf8.length);
  }

  void bytes(byte[] values, int length) throws IOException {
    out.write(values, 0, length);
    position += length;
  }

  /** Zeros up to the next multiple. */
  void padTo(int alignment) throws IOException {
    while (position % alignment != 0) {
      int8(0);
    }
  }
}
