package org.kindling.model.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class KnownNetworksTest {
  /** Says whether anyone made an instance of it. */
  public static final class Foreign extends ActivationLayer {
    static boolean made;

    public Foreign() {
      made = true;
    }
  }

  private static MultiLayerConfiguration network() {
    return new NeuralNetConfiguration.Builder()
        .seed(1)
        .updater(new Adam(1e-3))
        .dropOut(0.9)
        .l2(1e-4)
        .list()
        .layer(new EmbeddingSequenceLayer.Builder().nIn(5).nOut(4).build())
        .layer(new LSTM.Builder().nIn(4).nOut(4).dataFormat(RNNFormat.NCW).build())
        .layer(new TransformerLayer.Builder().nIn(4).heads(2).layers(1).context(6).build())
        .layer(
            new RnnOutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(4)
                .nOut(5)
                .dataFormat(RNNFormat.NCW)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  private static byte[] saved() throws IOException {
    MultiLayerNetwork network = new MultiLayerNetwork(network());
    network.init();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ModelSerializer.writeModel(network, bytes, true);
    return bytes.toByteArray();
  }

  @Test
  void readsWhatDl4jWrote() throws IOException {
    String json = network().toJson();
    assertThat(KnownNetworks.configuration("net.json", json).toJson()).isEqualTo(json);
    byte[] zip = saved();
    assertThat(KnownNetworks.network("net.zip", new ByteArrayInputStream(zip)).params())
        .isEqualTo(
            ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(zip), false)
                .params());
  }

  @Test
  void makesNoInstanceOfAClassItDoesNotKnow() {
    String json =
        network()
            .toJson()
            .replace("org.deeplearning4j.nn.conf.layers.LSTM", Foreign.class.getName());
    assertThatThrownBy(() -> KnownNetworks.configuration("net.json", json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "net.json, confs[1].layer: class " + Foreign.class.getName() + " is not one");
    assertThat(Foreign.made).isFalse();
    // DL4J itself would have made one.
    assertThat(new Foreign()).isNotNull();
    assertThat(Foreign.made).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.deeplearning4j.nn.conf.layers.samediff.SameDiffLambdaLayer",
        "org.nd4j.linalg.activations.impl.sub.Other",
        "javax.swing.JEditorPane",
        "Other",
        ""
      })
  void knowsNoOthers(String name) {
    assertThat(KnownNetworks.isKnown(name)).isFalse();
    String json =
        network().toJson().replace("org.nd4j.linalg.activations.impl.ActivationTanH", name);
    if (json.contains("\"" + name + "\"")) {
      assertThatThrownBy(() -> KnownNetworks.configuration("net.json", json))
          .hasMessageContaining("class " + name + " is not one");
    }
  }

  /** A second name after the one that is checked would be the one that counts. */
  @Test
  void refusesANameGivenTwice() {
    String json =
        network()
            .toJson()
            .replace(
                "\"@class\" : \"org.deeplearning4j.nn.conf.layers.LSTM\"",
                "\"@class\" : \"javax.swing.JEditorPane\", \"@class\" :"
                    + " \"org.deeplearning4j.nn.conf.layers.LSTM\"");
    assertThatThrownBy(() -> KnownNetworks.configuration("net.json", json))
        .hasMessageContaining("Duplicate field '@class'");
  }

  @Test
  void refusesWhatIsNoNetwork() {
    assertThatThrownBy(() -> KnownNetworks.configuration("net.json", "{}"))
        .hasMessage("net.json: has no list confs; expected the JSON of a MultiLayerConfiguration");
    assertThatThrownBy(() -> KnownNetworks.configuration("net.json", "no"))
        .hasMessageStartingWith("net.json: is not JSON");
    assertThatThrownBy(
            () ->
                KnownNetworks.configuration("net.json", "{\"confs\":[{\"layer\":{\"dense\":{}}}]}"))
        .hasMessageContaining("confs[0].layer: names no @class");
    assertThatThrownBy(
            () -> KnownNetworks.network("net.zip", new ByteArrayInputStream(new byte[9])))
        .hasMessageContaining("expected the entries configuration.json and coefficients.bin");
  }
}
