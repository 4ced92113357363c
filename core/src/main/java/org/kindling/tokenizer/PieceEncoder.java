package org.kindling.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Encodes text piece by piece, remembering frequent pieces. One per thread. */
final class PieceEncoder {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final PieceMerger merger;
  private final Map<String, Integer> wholePieces;
  private final PieceCache cache = new PieceCache();
  private final TokenBuffer out = new TokenBuffer();

  /**
   * @param wholePieces pieces that are tokens without merging, as Latin-1 text of their bytes;
   *     usually empty
   */
  PieceEncoder(PieceMerger merger, Map<String, Integer> wholePieces) {
    this.merger = merger;
    this.wholePieces = wholePieces;
  }

  int[] encode(byte[] utf8) {
    out.size = 0;
    int start = 0;
    while (start < utf8.length) {
      int end = Gpt2Splitter.next(utf8, start, utf8.length);
      int length = end - start;
      if (length <= PieceCache.LONGEST_PIECE) {
        appendShort(utf8, start, end);
      } else {
        appendNew(utf8, start, end);
      }
      start = end;
    }
    return out.take();
  }

  private void appendShort(byte[] utf8, int start, int end) {
    int length = end - start;
    long low;
    long high;
    if (start + 16 <= utf8.length) {
      low = (long) LONGS.get(utf8, start);
      high = length <= 8 ? 0 : (long) LONGS.get(utf8, start + 8) << 8 * (16 - length);
      if (length < 8) {
        low = low << 8 * (8 - length);
      }
    } else {
      low = 0;
      high = 0;
      // The same longs, byte by byte where two whole ones would reach beyond the text.
      for (int i = 0; i < length && i < 8; i++) {
        low |= (utf8[start + i] & 0xFFL) << 8 * (i + Math.max(0, 8 - length));
      }
      for (int i = 8; i < length; i++) {
        high |= (utf8[start + i] & 0xFFL) << 8 * (i - 8 + 16 - length);
      }
    }
    int slot = PieceCache.slotOf(low, high, length);
    if (!cache.append(slot, low, high, length, out)) {
      int from = out.size;
      appendNew(utf8, start, end);
      cache.put(slot, low, high, length, out, from);
    }
  }

  private void appendNew(byte[] utf8, int start, int end) {
    if (!wholePieces.isEmpty()) {
      Integer id =
          wholePieces.get(new String(utf8, start, end - start, StandardCharsets.ISO_8859_1));
      if (id != null) {
        out.reserve(1);
        out.ids[out.size++] = id;
        return;
      }
    }
    merger.merge(utf8, start, end, out);
  }
}
