package org.kindling.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class GgufLayoutTest {
  private static float[] counting(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return values;
  }

  /** Every piece must be what the whole has there. */
  private static void readsInPieces(ElementSource source, float[] whole) throws IOException {
    for (int from = 0; from < whole.length; from++) {
      for (int length = 1; from + length <= whole.length; length++) {
        float[] piece = new float[length];
        source.read(from, piece, length);
        for (int i = 0; i < length; i++) {
          assertThat(piece[i]).isEqualTo(whole[from + i]);
        }
      }
    }
  }

  @Test
  void transposesWhateverPieceIsRead() throws IOException {
    int rows = 4;
    int columns = 7;
    float[] whole = new float[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        whole[column * rows + row] = row * columns + column;
      }
    }
    ElementSource source = ElementSource.of(counting(rows * columns));
    readsInPieces(GgufLayout.transposed(source, rows, columns), whole);
  }

  @Test
  void bringsTheTwoOfARotatedPairTogether() throws IOException {
    int headDim = 6;
    int columns = 3;
    float[] given = counting(2 * headDim * columns);
    int[] order = {0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11};
    float[] whole = new float[given.length];
    for (int row = 0; row < order.length; row++) {
      System.arraycopy(given, order[row] * columns, whole, row * columns, columns);
    }
    readsInPieces(GgufLayout.interleaved(ElementSource.of(given), headDim, columns), whole);
  }
}
