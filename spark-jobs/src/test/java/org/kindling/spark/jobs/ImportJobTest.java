package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.kernels.Kernels;
import org.kindling.model.ModelSettings;
import org.kindling.model.dl4j.LanguageModelLayer;
import org.kindling.storage.Storage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ImportJobTest {
  private static final ModelSettings MODEL = new ModelSettings("transformer", 1, 2, 8, 6, true);

  @TempDir Path directory;

  private MultiLayerNetwork save(Layer layer) throws IOException {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder().seed(1).list().layer(layer).build());
    network.init();
    ModelSerializer.writeModel(network, directory.resolve("net.zip").toFile(), true);
    return network;
  }

  private CommandRun run() {
    return CommandRun.of(
        "import",
        "--network",
        directory.resolve("net.zip").toString(),
        "--tokenizer",
        "byte",
        "--output",
        directory.resolve("model").toString());
  }

  @Test
  void predictsWhatTheNetworkPredicts() throws IOException {
    int vocabulary = org.kindling.tokenizer.Tokenizers.named("byte").orElseThrow().vocabulary();
    MultiLayerNetwork network =
        save(new LanguageModelLayer.Builder().model(MODEL).vocabulary(vocabulary).build());
    CommandRun run = run();
    assertThat(run.status()).as(run.err()).isZero();
    org.apache.hadoop.fs.Path model =
        new org.apache.hadoop.fs.Path(directory.resolve("model").toString());
    ModelConfig config = ModelConfig.read(Storage.standard(), model);
    INDArray expected = network.output(Nd4j.createFromArray(new float[][] {{72, 105, 33}}));
    try (Kernels kernels = Kernels.named("auto");
        var predictor = Checkpoint.open(Storage.standard(), model, config, 1, kernels)) {
      float[] logits = predictor.decoder(1).appendTo(0, 72, 105, 33);
      INDArray probabilities =
          org.nd4j.linalg.ops.transforms.Transforms.softmax(
              Nd4j.createFromArray(logits).reshape(1, logits.length));
      for (int id = 0; id < vocabulary; id += 16) {
        assertThat(probabilities.getDouble(0, id))
            .isCloseTo(expected.getDouble(0, id, 2), org.assertj.core.api.Assertions.within(1e-6));
      }
    }
    assertThat(run().err()).contains("exists; give another --output");
  }

  @Test
  void refusesOtherNetworks() throws IOException {
    save(new OutputLayer.Builder().nIn(2).nOut(3).build());
    CommandRun run = run();
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("expected one LanguageModelLayer");
  }
}
