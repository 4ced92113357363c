package org.kindling.kernels;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** The ND4J operations that have no method on {@link INDArray}. */
final class Nd4jOperations {
  private Nd4jOperations() {}

  /** result = left · right over the last two axes. */
  static void product(INDArray left, INDArray right, INDArray result) {
    Nd4j.exec(DynamicCustomOp.builder("matmul").addInputs(left, right).addOutputs(result).build());
  }

  /** The transpose of the last two axes, as a view. */
  static INDArray transposed(INDArray array) {
    int rank = array.rank();
    int[] axes = new int[rank];
    for (int i = 0; i < rank; i++) {
      axes[i] = i;
    }
    axes[rank - 1] = rank - 2;
    axes[rank - 2] = rank - 1;
    return array.permute(axes);
  }

  /** Softmax over the last axis, in place. */
  static void softmax(INDArray array) {
    Nd4j.exec(
        DynamicCustomOp.builder("softmax")
            .addInputs(array)
            .addOutputs(array)
            .addIntegerArguments(array.rank() - 1)
            .build());
  }

  /** [n] as INT. */
  static INDArray indices(int[] ids, int from, int n) {
    int[] piece = new int[n];
    System.arraycopy(ids, from, piece, 0, n);
    return Nd4j.createFromArray(piece);
  }

  /** [n, depth], 1 where the index says. */
  static INDArray oneHot(INDArray indices, int depth, DataType type) {
    INDArray result = Nd4j.create(type, indices.length(), depth);
    Nd4j.exec(
        DynamicCustomOp.builder("onehot")
            .addInputs(indices)
            .addOutputs(result)
            .addIntegerArguments(-1, depth)
            .addFloatingPointArguments(1.0, 0.0)
            .build());
    return result;
  }

  /** The rows of {@code table} that the indices name. */
  static INDArray rows(INDArray table, INDArray indices) {
    return Nd4j.exec(
        DynamicCustomOp.builder("gather").addInputs(table, indices).addIntegerArguments(0).build())[
        0];
  }
}
