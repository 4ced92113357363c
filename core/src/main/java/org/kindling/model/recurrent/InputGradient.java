package org.kindling.model.recurrent;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** How much the loss at the end of a sequence depends on the vector of each of its tokens. */
final class InputGradient {
  private InputGradient() {}

  /**
   * @param network with embedding, whose parameters are used
   * @return [sequences, length], Euclidean norms
   */
  static double[] norms(
      ModelSettings settings,
      int vocabulary,
      MultiLayerNetwork network,
      FlatNetwork flat,
      TokenBatch batch) {
    int sequences = batch.sequences();
    int length = batch.length();
    DataType type = network.params().dataType();
    INDArray ids = flat.ids(batch.inputs(), sequences, length, 0, length);
    INDArray vectors = network.feedForwardToLayer(0, ids, false).get(1);
    INDArray mask = Nd4j.zeros(type, sequences, length);
    mask.getColumn(length - 1L).assign(1);
    MultiLayerNetwork above =
        new MultiLayerNetwork(Networks.withoutEmbedding(settings, vocabulary, type));
    long embedding = (long) vocabulary * settings.width();
    INDArray rest =
        network.params().get(NDArrayIndex.interval(embedding, network.numParams())).dup();
    above.init(rest, false);
    try {
      INDArray labels = flat.ids(batch.targets(), sequences, length, 0, length);
      INDArray gradient = above.calculateGradients(vectors.dup(), labels, null, mask).getSecond();
      return gradient.norm2(1).castTo(DataType.DOUBLE).dup('c').data().asDouble();
    } finally {
      above.close();
    }
  }
}
