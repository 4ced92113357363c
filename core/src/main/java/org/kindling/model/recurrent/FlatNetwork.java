package org.kindling.model.recurrent;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A DL4J network whose parameters and gradients are copied from and to a model's flat vectors. Both
 * hold the same tensors in the same order; the model's start at aligned places.
 */
final class FlatNetwork {
  private final ParameterLayout layout;
  private final DataType type;
  private final MultiLayerNetwork network;
  private final float[] piece;

  FlatNetwork(ParameterLayout layout, MultiLayerConfiguration configuration, DataType type) {
    this.layout = layout;
    this.type = type;
    this.network = new MultiLayerNetwork(configuration);
    INDArray parameters = Nd4j.create(type, layout.parameters());
    network.init(parameters, false);
    if (network.numParams() != layout.parameters()) {
      throw new IllegalStateException(
          "layout of " + layout.parameters() + " parameters, network of " + network.numParams());
    }
    network.initGradientsView();
    long largest =
        layout.entries().stream().mapToLong(ParameterLayout.Entry::elements).max().orElse(0);
    this.piece = new float[Math.toIntExact(largest)];
  }

  MultiLayerNetwork network() {
    return network;
  }

  /** Copies parameters into the network. */
  void load(Tensor parameters) {
    INDArray flat = network.params();
    long at = 0;
    for (ParameterLayout.Entry entry : layout.entries()) {
      int length = Math.toIntExact(entry.elements());
      parameters.read(entry.offset(), piece, 0, length);
      INDArray values = Nd4j.createFromArray(Arrays.copyOf(piece, length)).castTo(type);
      flat.get(NDArrayIndex.interval(at, at + length)).assign(values);
      at += length;
    }
  }

  /** gradients += scale · flat. */
  void addGradients(INDArray flat, double scale, Tensor gradients) {
    float[] values = flat.mul(scale).castTo(DataType.FLOAT).data().asFloat();
    int at = 0;
    for (ParameterLayout.Entry entry : layout.entries()) {
      int length = Math.toIntExact(entry.elements());
      gradients.read(entry.offset(), piece, 0, length);
      for (int i = 0; i < length; i++) {
        piece[i] += values[at + i];
      }
      gradients.write(entry.offset(), piece, 0, length);
      at += length;
    }
  }

  /**
   * Columns {@code from} to {@code to} of some rows of ids.
   *
   * @param ids [sequences, length]
   * @return [sequences, 1, to − from], as embedding and output layers take them
   */
  INDArray ids(int[] ids, int sequences, int length, int from, int to) {
    int columns = to - from;
    float[] values = new float[sequences * columns];
    for (int row = 0; row < sequences; row++) {
      for (int t = 0; t < columns; t++) {
        values[row * columns + t] = ids[row * length + from + t];
      }
    }
    return Nd4j.createFromArray(values).castTo(type).reshape('c', sequences, 1, columns);
  }
}
