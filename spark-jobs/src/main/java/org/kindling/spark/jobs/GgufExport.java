package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Dtype;
import org.kindling.checkpoint.HuggingFaceConfig;
import org.kindling.checkpoint.HuggingFaceConfig.Attention;
import org.kindling.checkpoint.HuggingFaceConfig.MlpKind;
import org.kindling.checkpoint.HuggingFaceConfig.ModelType;
import org.kindling.gguf.ElementSource;
import org.kindling.gguf.GgufModel;
import org.kindling.gguf.GgufShape;
import org.kindling.gguf.GgufTokenizer;
import org.kindling.gguf.GgufType;
import org.kindling.gguf.GgufWeights;
import org.kindling.model.ParameterLayout;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;

/** Writes the one file that llama.cpp loads. */
final class GgufExport {
  /** 128 MiB; the largest matrix of GPT-2 XL has a third of it. */
  private static final long MOST_HELD_ELEMENTS = 1 << 25;

  private GgufExport() {}

  /**
   * Returns lines that say what was written and what llama.cpp does differently.
   *
   * @throws IllegalArgumentException naming what llama.cpp does not compute, or how it cannot split
   *     text; nothing is written then
   */
  static String run(Storage storage, StoredModel model, Tokenizer tokenizer, ExportTarget target)
      throws IOException {
    HuggingFaceConfig config = model.config();
    GgufTokenizer tokens = GgufTokenizer.of(tokenizer, config.vocabulary());
    GgufModel file = new GgufModel(name(target.path()), shape(config), tokens);
    file.write(storage, target.path(), weights(model), type(target.dtype()));
    String said =
        String.format(
            "%s: llama.cpp's %s, %d parameters, matrices in %s",
            target.path(),
            config.modelType().label(),
            model.layout().parameters(),
            target.dtype().label());
    return tokens.caveat().map(caveat -> said + System.lineSeparator() + caveat).orElse(said);
  }

  private static String name(Path file) {
    return file.getName().replaceFirst("\\.gguf$", "");
  }

  private static GgufType type(Dtype dtype) {
    return switch (dtype) {
      case F32 -> GgufType.F32;
      case BF16 -> GgufType.BF16;
      case F16 -> GgufType.F16;
    };
  }

  private static GgufShape shape(HuggingFaceConfig config) {
    Attention attention = config.attention();
    // GgufShape cannot say these, and llama.cpp would compute something else.
    MlpKind expected = config.modelType() == ModelType.GPT2 ? MlpKind.GELU : MlpKind.SWIGLU;
    require(config, config.mlp().kind() == expected, "mlp " + config.mlp().kind(), "" + expected);
    require(config, attention.slidingWindow() == 0, "window " + attention.slidingWindow(), "none");
    return new GgufShape(
        GgufShape.Kind.valueOf(config.modelType().name()),
        config.vocabulary(),
        config.layers(),
        attention.heads(),
        attention.kvHeads(),
        attention.headDim(),
        config.width(),
        config.mlp().hidden(),
        config.context(),
        config.norm().epsilon(),
        attention.rotaryTheta(),
        config.tied(),
        attention.bias(),
        config.mlp().bias());
  }

  private static void require(
      HuggingFaceConfig config, boolean holds, String found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          String.format(
              "gguf: found %s, but llama.cpp's %s has %s; export to huggingface instead",
              found.toLowerCase(java.util.Locale.ROOT),
              config.modelType().label(),
              expected.toLowerCase(java.util.Locale.ROOT)));
    }
  }

  private static GgufWeights weights(StoredModel model) {
    HeldMatrix held = new HeldMatrix(model);
    return name ->
        model.layout().entries().stream()
            .filter(entry -> entry.name().equals(name))
            .findFirst()
            .map(entry -> new GgufWeights.Tensor(longs(entry.shape()), elements(held, entry)))
            .orElse(null);
  }

  private static List<Long> longs(List<Integer> shape) {
    return shape.stream().map(Integer::longValue).toList();
  }

  private static ElementSource elements(HeldMatrix held, ParameterLayout.Entry entry) {
    boolean transposed =
        held.model.config().modelType() == ModelType.GPT2
            && entry.name().contains(".h.")
            && entry.shape().size() == 2;
    return transposed && entry.elements() <= MOST_HELD_ELEMENTS
        ? (from, target, length) -> held.read(entry, from, target, length)
        : (from, target, length) -> held.model.read(entry.name(), from, target, length);
  }

  /**
   * The matrix that was asked for last. GPT-2's are read column by column, for which a file would
   * be asked for a few numbers at a time, a million times.
   */
  private static final class HeldMatrix {
    private final StoredModel model;
    private String name;
    private float[] values;

    HeldMatrix(StoredModel model) {
      this.model = model;
    }

    void read(ParameterLayout.Entry entry, long from, float[] target, int length)
        throws IOException {
      if (!entry.name().equals(name)) {
        name = null;
        values = new float[Math.toIntExact(entry.elements())];
        model.read(entry.name(), 0, values, values.length);
        name = entry.name();
      }
      System.arraycopy(values, Math.toIntExact(from), target, 0, length);
    }
  }
}
