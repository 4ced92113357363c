package org.kindling.checkpoint;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.Activations;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.Predictor;
import org.kindling.model.count.CountModel;
import org.kindling.model.count.SortedNgrams;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * The files of one checkpoint directory: names, and reading and writing each. Whether a directory
 * counts is decided by {@link CheckpointStore}.
 */
public final class Checkpoint {
  public static final String MODEL = "model.safetensors";
  public static final String TOKENIZER = "tokenizer.json";

  /** Tells HuggingFace transformers to read {@link #TOKENIZER} as it is. */
  public static final String TOKENIZER_CONFIG = "tokenizer_config.json";

  /** In place of {@link #MODEL} where the model counted. */
  public static final String COUNTS = "ngrams.bin";

  private Checkpoint() {}

  static String shardFile(int shard, int of) {
    return String.format("state-%05d-of-%05d.safetensors", shard, of);
  }

  /** Writes one shard of the state under its name. */
  public static FileChecksum writeShard(
      Storage storage, Path directory, int shard, int of, Map<String, float[]> vectors)
      throws IOException {
    List<Safetensors.Tensor> tensors = new ArrayList<>();
    vectors.keySet().stream()
        .sorted()
        .forEach(
            name -> {
              float[] values = vectors.get(name);
              tensors.add(
                  new Safetensors.Tensor(name, List.of(values.length), FlatSource.of(values), 0));
            });
    return Safetensors.write(storage, new Path(directory, shardFile(shard, of)), tensors);
  }

  /** Reads one shard of the state: vectors by name. */
  public static Map<String, float[]> readShard(Storage storage, Path directory, int shard, int of)
      throws IOException {
    Map<String, float[]> vectors = new HashMap<>();
    Safetensors.read(
        storage,
        new Path(directory, shardFile(shard, of)),
        shapes -> shapes.forEach((name, shape) -> vectors.put(name, new float[shape.get(0)])),
        (name, from, values, length) ->
            System.arraycopy(values, 0, vectors.get(name), Math.toIntExact(from), length));
    return vectors;
  }

  /** Writes the model as {@code model.safetensors}, without the gaps of the flat vector. */
  public static FileChecksum writeModel(
      Storage storage, Path directory, ParameterLayout layout, FlatSource parameters)
      throws IOException {
    List<Safetensors.Tensor> tensors = new ArrayList<>();
    for (ParameterLayout.Entry entry : layout.entries()) {
      tensors.add(new Safetensors.Tensor(entry.name(), entry.shape(), parameters, entry.offset()));
    }
    return Safetensors.write(storage, new Path(directory, MODEL), tensors);
  }

  /** Writes {@code config.json}. */
  public static FileChecksum writeConfig(
      Storage storage, Path directory, ModelConfig config, OptionalInt endOfText)
      throws IOException {
    return storage.writeText(new Path(directory, ModelConfig.FILE), config.toJson(endOfText));
  }

  /** The file that holds what a model of this family learned. */
  public static String modelFile(ModelSettings settings) {
    return settings.kind().isCounted() ? COUNTS : MODEL;
  }

  /** Writes the counts of a model as {@code ngrams.bin}. */
  public static FileChecksum writeCounts(Storage storage, Path directory, SortedNgrams ngrams)
      throws IOException {
    try (CommittedOutput out = storage.create(new Path(directory, COUNTS));
        BufferedOutputStream buffered = new BufferedOutputStream(out, 1 << 16)) {
      ngrams.write(buffered);
      buffered.flush();
      return out.commit();
    }
  }

  private static SortedNgrams readCounts(Storage storage, Path directory) throws IOException {
    Path file = new Path(directory, COUNTS);
    try (BufferedInputStream in = new BufferedInputStream(storage.open(file), 1 << 16)) {
      return SortedNgrams.read(in);
    } catch (IllegalStateException e) {
      throw new CorruptFileException(
          file.toString(), 0, e.getMessage() + "; restore the checkpoint");
    }
  }

  /**
   * The model of a checkpoint, of whatever family, ready to predict.
   *
   * @param maxSequences largest batch it will see
   * @param kernels stay the caller's, who closes them after the model
   * @throws CorruptFileException if its file is not that of such a model
   */
  public static Predictor open(
      Storage storage, Path directory, ModelConfig config, int maxSequences, Kernels kernels)
      throws IOException {
    return open(storage, directory, config, new Use(maxSequences, Activations.DISCARDED), kernels);
  }

  /**
   * What a model will be used for.
   *
   * @param maxSequences largest batch it will see
   * @param activations {@link Activations#DISCARDED} if it only predicts
   */
  public record Use(int maxSequences, Activations activations) {}

  /** As above. */
  public static Predictor open(
      Storage storage, Path directory, ModelConfig config, Use use, Kernels kernels)
      throws IOException {
    if (config.model().kind().isCounted()) {
      return new CountModel(config.model(), readCounts(storage, directory));
    }
    LanguageModel model =
        LanguageModels.create(
            config.model(), config.vocabulary(), use.maxSequences(), kernels, use.activations());
    try {
      readModel(storage, directory, model);
      return model;
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Fills a model from {@code model.safetensors}.
   *
   * @throws CorruptFileException if a tensor is missing, unknown or of another shape
   */
  public static void readModel(Storage storage, Path directory, LanguageModel model)
      throws IOException {
    Path file = new Path(directory, MODEL);
    Map<String, ParameterLayout.Entry> expected = new HashMap<>();
    model.layout().entries().forEach(e -> expected.put(e.name(), e));
    Tensor parameters = model.parameters();
    Safetensors.read(
        storage,
        file,
        shapes -> requireShapes(file, expected, shapes),
        (name, from, values, length) ->
            parameters.write(expected.get(name).offset() + from, values, 0, length));
  }

  private static void requireShapes(
      Path file, Map<String, ParameterLayout.Entry> expected, Map<String, List<Integer>> found)
      throws CorruptFileException {
    for (ParameterLayout.Entry entry : expected.values()) {
      List<Integer> shape = found.get(entry.name());
      if (!entry.shape().equals(shape)) {
        throw new CorruptFileException(
            file.toString(),
            Long.BYTES,
            "tensor "
                + entry.name()
                + ": expected shape "
                + entry.shape()
                + ", found "
                + (shape == null ? "none" : shape)
                + "; config.json describes another model");
      }
    }
    for (String name : found.keySet()) {
      if (!expected.containsKey(name)) {
        throw new CorruptFileException(
            file.toString(),
            Long.BYTES,
            "unknown tensor " + name + "; config.json describes another model");
      }
    }
  }
}
