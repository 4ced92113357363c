package org.kindling.gguf;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * A model as llama.cpp loads it: one file with parameters, settings and tokenizer. Immutable.
 *
 * <pre>{@code
 * GgufTokenizer tokens = GgufTokenizer.of(tokenizer, shape.vocabulary());
 * new GgufModel("my-model", shape, tokens).write(storage, file, weights, GgufType.BF16);
 * }</pre>
 *
 * @param name of the model, for people
 */
public record GgufModel(String name, GgufShape shape, GgufTokenizer tokenizer) {
  public GgufModel {
    if (tokenizer.vocabulary() != shape.vocabulary()) {
      throw new IllegalArgumentException(
          "gguf, vocabulary: found "
              + shape.vocabulary()
              + " rows in the token table and "
              + tokenizer.vocabulary()
              + " tokens, expected as many");
    }
  }

  /**
   * Writes and commits the file. The same model always gives the same bytes.
   *
   * @param type of matrices; see {@link GgufTensors#of}
   * @throws IllegalArgumentException if a tensor is missing, has another shape, or holds a number
   *     too large for {@code type}
   */
  public FileChecksum write(Storage storage, Path file, GgufWeights weights, GgufType type)
      throws IOException {
    return GgufWriter.write(storage, file, metadata(type), GgufTensors.of(shape, weights, type));
  }

  private GgufMetadata metadata(GgufType type) {
    String kind = shape.kind().label();
    GgufMetadata metadata =
        new GgufMetadata()
            .text("general.architecture", kind)
            .text("general.type", "model")
            .text("general.name", name)
            .uint32("general.alignment", GgufWriter.ALIGNMENT)
            .uint32("general.file_type", type.fileType())
            .uint32(kind + ".vocab_size", shape.vocabulary())
            .uint32(kind + ".context_length", shape.context())
            .uint32(kind + ".embedding_length", shape.width())
            .uint32(kind + ".block_count", shape.layers())
            .uint32(kind + ".feed_forward_length", shape.hidden())
            .uint32(kind + ".attention.head_count", shape.heads())
            .uint32(kind + ".attention.head_count_kv", shape.kvHeads())
            .uint32(kind + ".attention.key_length", shape.headDim())
            .uint32(kind + ".attention.value_length", shape.headDim());
    if (shape.kind() == GgufShape.Kind.GPT2) {
      metadata.float32(kind + ".attention.layer_norm_epsilon", shape.normEpsilon());
    } else {
      metadata
          .float32(kind + ".attention.layer_norm_rms_epsilon", shape.normEpsilon())
          .uint32(kind + ".rope.dimension_count", shape.headDim())
          .float32(kind + ".rope.freq_base", shape.ropeTheta());
    }
    tokenizer.addTo(metadata);
    return metadata;
  }
}
