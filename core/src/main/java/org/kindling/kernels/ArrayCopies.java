package org.kindling.kernels;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Copies between the arrays of ND4J, in which DL4J keeps parameters and activations, and tensors of
 * any kernels. Elements go in row-major order, whatever the order of the array.
 */
public final class ArrayCopies {
  private ArrayCopies() {}

  /** Copies all of {@code from} to position {@code at} of {@code to}. */
  public static void write(INDArray from, Tensor to, long at) {
    if (to instanceof Nd4jTensor own) {
      own.view(at, from.shape()).assign(from);
      return;
    }
    INDArray rows = rowMajor(from).castTo(DataType.FLOAT);
    float[] values = new float[Math.toIntExact(rows.length())];
    pointer(rows).get(values);
    to.write(at, values, 0, values.length);
  }

  /** Fills {@code to} from position {@code at} of {@code from} on. */
  public static void read(Tensor from, long at, INDArray to) {
    if (from instanceof Nd4jTensor own) {
      to.assign(own.view(at, to.shape()));
      return;
    }
    float[] values = new float[Math.toIntExact(to.length())];
    from.read(at, values, 0, values.length);
    if (to.dataType() == DataType.FLOAT && isRowMajor(to)) {
      pointer(to).put(values);
    } else {
      to.assign(Nd4j.createFromArray(values).reshape('c', to.shape()));
    }
  }

  private static INDArray rowMajor(INDArray array) {
    return isRowMajor(array) ? array : array.dup('c');
  }

  private static boolean isRowMajor(INDArray array) {
    long stride = 1;
    for (int axis = array.rank() - 1; axis >= 0; axis--) {
      if (array.size(axis) > 1 && array.stride(axis) != stride) {
        return false;
      }
      stride *= array.size(axis);
    }
    return true;
  }

  /** The array's elements where they are: of the CPU backend only. */
  private static FloatPointer pointer(INDArray array) {
    Pointer address = array.data().addressPointer();
    return new FloatPointer(address).capacity(array.length());
  }
}
