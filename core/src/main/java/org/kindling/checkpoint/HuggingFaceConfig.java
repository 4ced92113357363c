package org.kindling.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * What {@code config.json} of HuggingFace transformers says of a model: all that decides what the
 * model computes, and the ids that begin and end its texts.
 *
 * <pre>{@code
 * HuggingFaceConfig config = HuggingFaceConfig.parse(json, "llama/config.json");
 * config.attention().kvHeads(); // 8
 * config.toJson(Dtype.BF16);    // {"architectures": ["LlamaForCausalLM"], …
 * }</pre>
 *
 * @param modelType whose tensors it has
 * @param vocabulary rows of the embedding
 * @param context longest sequence
 * @param width of the residual stream
 * @param tied whether the head's matrix is the embedding
 * @param bos id that begins a text, if there is one
 * @param eos ids that end a text; may be empty
 */
public record HuggingFaceConfig(
    ModelType modelType,
    int vocabulary,
    int context,
    int layers,
    int width,
    Norm norm,
    Attention attention,
    Mlp mlp,
    boolean tied,
    OptionalInt bos,
    List<Integer> eos) {

  public static final String FILE = "config.json";
  private static final ObjectMapper JSON =
      new ObjectMapper(
          new JsonFactory().configure(JsonParser.Feature.STRICT_DUPLICATE_DETECTION, true));

  /** The architectures of transformers that Kindling reads and writes. */
  public enum ModelType {
    GPT2("GPT2LMHeadModel"),
    LLAMA("LlamaForCausalLM"),
    QWEN3("Qwen3ForCausalLM");

    private final String className;

    ModelType(String className) {
      this.className = className;
    }

    /** As {@code model_type} writes it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The class of transformers that computes it, as {@code architectures} names it. */
    public String className() {
      return className;
    }

    static List<String> labels() {
      return Arrays.stream(values()).map(ModelType::label).toList();
    }
  }

  /** The two ways to normalize. */
  public enum NormKind {
    LAYER,
    RMS
  }

  /**
   * @param epsilon added to the variance or mean square
   */
  public record Norm(NormKind kind, double epsilon) {}

  /**
   * @param headDim length of one head's query; {@code heads * headDim} need not be the width
   * @param bias of all four projections
   * @param qkNorm whether each head's query and key are normalized, with the model's epsilon
   * @param rotaryTheta base of the rotary frequencies; 0 where positions are learned
   * @param slidingWindow how many keys a query sees, its own among them, in every layer; 0 for all
   */
  public record Attention(
      int heads,
      int kvHeads,
      int headDim,
      boolean bias,
      boolean qkNorm,
      double rotaryTheta,
      int slidingWindow) {}

  /** What lies between the up and the down projection. GELU is the one by tanh everywhere. */
  public enum MlpKind {
    GELU,
    RELU2,
    SWIGLU,
    GEGLU;

    public boolean isGated() {
      return this == SWIGLU || this == GEGLU;
    }
  }

  /**
   * @param hidden rows of the up projection
   * @param bias of all its projections
   */
  public record Mlp(MlpKind kind, int hidden, boolean bias) {}

  public HuggingFaceConfig {
    eos = List.copyOf(eos);
  }

  /**
   * Reads {@code config.json}. Keys that are absent have the meaning that transformers gives them.
   * Keys that would change what is computed, and that this record cannot say, are refused, and so
   * are keys that transformers does not document for the architecture.
   *
   * @param source how messages call the file
   * @throws IllegalArgumentException naming key, value and what is supported
   */
  public static HuggingFaceConfig parse(JsonNode json, String source) {
    return HuggingFaceConfigReader.read(json, source);
  }

  /**
   * Reads {@code config.json} of a directory, as {@link #parse} does.
   *
   * @throws CorruptFileException if it is not JSON
   * @throws java.io.FileNotFoundException if there is none
   */
  public static HuggingFaceConfig read(Storage storage, Path directory) throws IOException {
    Path file = new Path(directory, FILE);
    try {
      return parse(JSON.readTree(storage.read(file)), file.toString());
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(
          file.toString(),
          e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset() - 1),
          "cannot be read as JSON (" + e.getOriginalMessage() + "); restore the file");
    }
  }

  /**
   * The text of {@code config.json} as transformers writes it.
   *
   * @param dtype of the tensors
   * @throws IllegalArgumentException if the architecture has no such models, see {@link #obstacles}
   */
  public String toJson(Dtype dtype) {
    return HuggingFaceConfigWriter.write(this, dtype);
  }

  /** Why transformers' class of this {@link #modelType} is not this model; empty if it is. */
  public List<String> obstacles() {
    List<String> found = new ArrayList<>();
    if (modelType == ModelType.GPT2) {
      addGpt2Obstacles(found);
    } else {
      addLlamaObstacles(found);
    }
    return found;
  }

  private void addGpt2Obstacles(List<String> found) {
    require(norm.kind() == NormKind.LAYER, "has RMS norm", found);
    require(!mlp.kind().isGated(), "has a gated MLP", found);
    require(mlp.bias() && attention.bias(), "has projections without bias", found);
    require(attention.kvHeads() == attention.heads(), "has grouped queries", found);
    require(
        attention.heads() * attention.headDim() == width, "has heads that are not width", found);
    require(!attention.qkNorm(), "has QK-norm", found);
    require(attention.rotaryTheta() == 0, "has rotary positions", found);
    require(attention.slidingWindow() == 0, "has a sliding window", found);
  }

  private void addLlamaObstacles(List<String> found) {
    boolean qwen3 = modelType == ModelType.QWEN3;
    require(norm.kind() == NormKind.RMS, "has layer norm", found);
    require(mlp.kind().isGated(), "has an MLP without gate", found);
    require(attention.rotaryTheta() > 0, "has no rotary positions", found);
    require(attention.qkNorm() == qwen3, qwen3 ? "has no QK-norm" : "has QK-norm", found);
    require(qwen3 || attention.slidingWindow() == 0, "has a sliding window", found);
    require(!qwen3 || !mlp.bias(), "has biases in its MLP", found);
    // LlamaConfig refuses this although the tensors would fit.
    require(
        qwen3 || width % attention.heads() == 0,
        "has a width that is no multiple of its heads",
        found);
  }

  private static void require(boolean holds, String obstacle, List<String> found) {
    if (!holds) {
      found.add(obstacle);
    }
  }
}
