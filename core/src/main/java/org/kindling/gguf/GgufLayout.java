package org.kindling.gguf;

/** How a tensor of HuggingFace's must be rearranged for llama.cpp. */
final class GgufLayout {
  private GgufLayout() {}

  /**
   * GPT-2's {@code Conv1D} keeps [in, out]; llama.cpp multiplies by [out, in].
   *
   * @param source [rows, columns]
   * @return [columns, rows]
   */
  static ElementSource transposed(ElementSource source, long rows, long columns) {
    return (from, target, length) -> {
      long first = from / rows;
      long last = (from + length - 1) / rows;
      // Runs of a source row, as long as the piece allows: single elements would be slow to get.
      int width = Math.toIntExact(last - first + 1);
      float[] run = new float[width];
      for (long row = 0; row < rows; row++) {
        long skipped = from > first * rows + row ? 1 : 0;
        long end = last * rows + row < from + length ? last : last - 1;
        int n = (int) (end - first - skipped + 1);
        if (n < 1) {
          continue;
        }
        source.read(row * columns + first + skipped, run, n);
        int at = (int) ((first + skipped) * rows + row - from);
        for (int i = 0; i < n; i++, at += (int) rows) {
          target[at] = run[i];
        }
      }
    };
  }

  /**
   * HuggingFace rotates element i of a head with i + headDim / 2, llama.cpp's Llama 2i with 2i + 1:
   * rows of the query and key projections change places so that both rotate the same pairs.
   *
   * @param source [heads * headDim, columns]
   */
  static ElementSource interleaved(ElementSource source, int headDim, long columns) {
    return (from, target, length) -> {
      float[] part = new float[(int) Math.min(length, columns)];
      for (int done = 0; done < length; ) {
        long row = (from + done) / columns;
        long column = (from + done) % columns;
        int n = (int) Math.min(columns - column, length - done);
        source.read(sourceRow(row, headDim) * columns + column, part, n);
        System.arraycopy(part, 0, target, done, n);
        done += n;
      }
    };
  }

  private static long sourceRow(long row, int headDim) {
    long inHead = row % headDim;
    return row - inHead + inHead % 2 * (headDim / 2) + inHead / 2;
  }
}
