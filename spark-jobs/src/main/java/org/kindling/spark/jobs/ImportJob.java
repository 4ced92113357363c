package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.FlatSource;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.model.ParameterLayout;
import org.kindling.model.dl4j.KnownNetworks;
import org.kindling.model.dl4j.LanguageModelLayer;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kindling import}: a model that others trained, as one to go on with. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description =
        "Makes a model of HuggingFace's GPT2LMHeadModel, LlamaForCausalLM or Qwen3ForCausalLM, or of"
            + " a LanguageModelLayer that DL4J's ModelSerializer saved. Classes that DL4J's file"
            + " names are compared with known ones before any is made an instance of.")
final class ImportJob implements Callable<Integer> {
  @ArgGroup(multiplicity = "1")
  private Source source;

  /** Where the model comes from: one of the two. */
  static final class Source {
    @Option(
        names = "--huggingface",
        required = true,
        paramLabel = "DIR",
        description = "Directory with config.json, model.safetensors or its shards.")
    private String huggingFace;

    @Option(
        names = "--network",
        required = true,
        paramLabel = "FILE",
        description = "What DL4J's ModelSerializer.writeModel wrote.")
    private String network;
  }

  @Option(
      names = "--tokenizer",
      paramLabel = "TOKENIZER",
      description =
          "The tokenizer it was trained with: a directory with tokenizer.json, or byte, gpt2,"
              + " cl100k_base, o200k_base (default, of HuggingFace's models: their own).")
  private String tokenizer;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Where to write model.safetensors, config.json and tokenizer.json.")
  private String output;

  @Override
  public Integer call() throws IOException {
    Storage storage = Storage.standard();
    Path directory = new Path(output);
    NewDirectory.requireNone(storage, directory);
    if (source.huggingFace != null) {
      String words = tokenizer == null ? source.huggingFace : tokenizer;
      HuggingFaceImport.Origin origin = new HuggingFaceImport.Origin(source.huggingFace, words);
      System.out.println(HuggingFaceImport.run(storage, origin, directory));
      return 0;
    }
    if (tokenizer == null) {
      throw new IllegalArgumentException(
          "--tokenizer: missing; a DL4J network is saved without the one it was trained with");
    }
    return importNetwork(storage, directory);
  }

  private int importNetwork(Storage storage, Path directory) throws IOException {
    String network = source.network;
    Tokenizer words = Tokenizers.load(storage, tokenizer);
    MultiLayerNetwork read;
    try (InputStream in = storage.open(new Path(network))) {
      read = KnownNetworks.network(network, in);
    }
    LanguageModelLayer layer = languageModel(read);
    if (layer.vocabulary() != words.vocabulary()) {
      throw new IllegalArgumentException(
          network
              + ": has a vocabulary of "
              + layer.vocabulary()
              + " tokens, the tokenizer "
              + words.vocabulary()
              + "; give the one it was trained with");
    }
    ParameterLayout layout = layer.layout();
    try (NewDirectory prepared = NewDirectory.prepare(storage, directory)) {
      Path written = prepared.path();
      Checkpoint.writeModel(storage, written, layout, FlatSource.of(spread(layout, read)));
      ModelConfig config = new ModelConfig(layer.settings(), layer.vocabulary());
      Checkpoint.writeConfig(storage, written, config, words.endOfText());
      storage.writeText(new Path(written, Checkpoint.TOKENIZER), words.toJson());
      prepared.publish();
    }
    System.out.println(
        output
            + ": "
            + layout.parameters()
            + " parameters; kindling sample --checkpoint "
            + output);
    return 0;
  }

  private LanguageModelLayer languageModel(MultiLayerNetwork read) {
    Layer first = read.getLayerWiseConfigurations().getConf(0).getLayer();
    if (read.getnLayers() != 1 || !(first instanceof LanguageModelLayer model)) {
      throw new IllegalArgumentException(
          source.network
              + ": "
              + read.getnLayers()
              + " layers, the first a "
              + first.getClass().getSimpleName()
              + "; expected one LanguageModelLayer, which alone is a whole model of Kindling's");
    }
    return model;
  }

  /** DL4J's vector has no gaps. */
  private static float[] spread(ParameterLayout layout, MultiLayerNetwork read) {
    float[] packed = read.params().reshape(layout.parameters()).toFloatVector();
    float[] vector = new float[Math.toIntExact(layout.size())];
    int at = 0;
    for (ParameterLayout.Entry entry : layout.entries()) {
      int length = Math.toIntExact(entry.elements());
      System.arraycopy(packed, at, vector, Math.toIntExact(entry.offset()), length);
      at += length;
    }
    return vector;
  }
}
