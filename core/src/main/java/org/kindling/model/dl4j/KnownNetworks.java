package org.kindling.model.dl4j;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.kindling.kernels.JavaCppLimits;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reads networks of DL4J that someone else wrote. Their JSON names Java classes, which DL4J makes
 * instances of; here every name is compared with those known before DL4J sees any of it. Of a
 * {@code ModelSerializer} file configuration and parameters are read, and not the entries that hold
 * Java's own serialisation.
 *
 * <pre>{@code
 * KnownNetworks.configuration("net.json", json);
 * // net.json, confs[0].layer: class com.example.Evil is not one that Kindling makes instances of; …
 * }</pre>
 */
public final class KnownNetworks {
  private static final String CLASS = "@class";
  private static final String DL4J_LAYERS = "org.deeplearning4j.nn.conf.layers.";

  /** Below {@link #DL4J_LAYERS}; not those that run graphs of operations out of the file. */
  private static final Set<String> LAYERS =
      Set.of(
          "ActivationLayer",
          "BatchNormalization",
          "Convolution1D",
          "Convolution1DLayer",
          "ConvolutionLayer",
          "DenseLayer",
          "DropoutLayer",
          "EmbeddingLayer",
          "EmbeddingSequenceLayer",
          "GlobalPoolingLayer",
          "GravesLSTM",
          "LSTM",
          "LossLayer",
          "OutputLayer",
          "PReLULayer",
          "RnnLossLayer",
          "RnnOutputLayer",
          "Subsampling1DLayer",
          "SubsamplingLayer",
          "recurrent.Bidirectional",
          "recurrent.LastTimeStep",
          "recurrent.SimpleRnn",
          "recurrent.TimeDistributed",
          "util.MaskZeroLayer");

  /** What layers are made of. */
  private static final Set<String> PACKAGES =
      Set.of(
          "org.deeplearning4j.nn.conf.constraint",
          "org.deeplearning4j.nn.conf.distribution",
          "org.deeplearning4j.nn.conf.dropout",
          "org.deeplearning4j.nn.conf.inputs",
          "org.deeplearning4j.nn.conf.preprocessor",
          "org.deeplearning4j.nn.conf.stepfunctions",
          "org.deeplearning4j.nn.conf.weightnoise",
          "org.deeplearning4j.nn.weights",
          "org.nd4j.linalg.activations.impl",
          "org.nd4j.linalg.learning.config",
          "org.nd4j.linalg.learning.regularization",
          "org.nd4j.linalg.lossfunctions.impl",
          "org.nd4j.linalg.schedule");

  private static final Set<String> OWN =
      Set.of(TransformerLayer.class.getName(), LanguageModelLayer.class.getName());

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  static {
    JavaCppLimits.lift();
  }

  private KnownNetworks() {}

  /**
   * @param source name of the file, for messages
   * @throws IllegalArgumentException for a class that is not known, before any is instantiated, and
   *     for what is no configuration
   */
  public static MultiLayerConfiguration configuration(String source, String json) {
    JsonNode tree;
    try {
      tree = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          source + ": is not JSON (" + e.getOriginalMessage() + ")", e);
    }
    if (tree == null || !tree.path("confs").isArray()) {
      throw new IllegalArgumentException(
          source + ": has no list confs; expected the JSON of a MultiLayerConfiguration");
    }
    for (int i = 0; i < tree.get("confs").size(); i++) {
      if (!tree.get("confs").get(i).path("layer").path(CLASS).isTextual()) {
        throw new IllegalArgumentException(
            source
                + ", confs["
                + i
                + "].layer: names no @class; save the network with DL4J 1.0.0-beta4 or later");
      }
    }
    requireKnown(source, "", tree);
    try {
      // What was checked is what is read.
      return MultiLayerConfiguration.fromJson(tree.toString());
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          source + ": is no configuration that DL4J reads (" + firstLine(e) + ")", e);
    }
  }

  private static String firstLine(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
  }

  private static void requireKnown(String source, String path, JsonNode node) {
    JsonNode named = node.get(CLASS);
    if (named != null && !isKnown(named.asText())) {
      throw new IllegalArgumentException(
          source
              + (path.isEmpty() ? "" : ", " + path)
              + ": class "
              + named.asText()
              + " is not one that Kindling makes instances of; use DL4J's layers without SameDiff, or"
              + " Kindling's");
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = node.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      requireKnown(
          source, path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue());
    }
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      requireKnown(source, path + "[" + i + "]", node.get(i));
    }
  }

  static boolean isKnown(String className) {
    if (className.startsWith(DL4J_LAYERS)) {
      return LAYERS.contains(className.substring(DL4J_LAYERS.length()));
    }
    int end = className.lastIndexOf('.');
    return OWN.contains(className) || (end > 0 && PACKAGES.contains(className.substring(0, end)));
  }

  /**
   * Reads what {@code ModelSerializer.writeModel} wrote.
   *
   * @param source name of the file, for messages
   * @throws IllegalArgumentException as {@link #configuration}, and if the parameters are not as
   *     many as the layers have
   * @throws IOException if the file cannot be read
   */
  public static MultiLayerNetwork network(String source, InputStream zip) throws IOException {
    String json = null;
    INDArray parameters = null;
    ZipInputStream entries = new ZipInputStream(zip);
    try {
      for (ZipEntry e = entries.getNextEntry(); e != null; e = entries.getNextEntry()) {
        if (e.getName().equals(ModelSerializer.CONFIGURATION_JSON)) {
          json = new String(entries.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } else if (e.getName().equals(ModelSerializer.COEFFICIENTS_BIN)) {
          parameters = Nd4j.read(new DataInputStream(entries));
        }
      }
    } catch (ZipException e) {
      throw new IllegalArgumentException(source + ": is no zip file of DL4J's", e);
    }
    if (json == null || parameters == null) {
      throw new IllegalArgumentException(
          source
              + ": expected the entries "
              + ModelSerializer.CONFIGURATION_JSON
              + " and "
              + ModelSerializer.COEFFICIENTS_BIN
              + "; write it with ModelSerializer.writeModel");
    }
    MultiLayerNetwork network = new MultiLayerNetwork(configuration(source, json));
    network.init();
    if (network.numParams() != parameters.length()) {
      throw new IllegalArgumentException(
          source
              + ": has "
              + parameters.length()
              + " parameters, its layers "
              + network.numParams());
    }
    network.setParams(parameters);
    return network;
  }
}
