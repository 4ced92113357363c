package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.model.Activations;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ParameterLayout;
import org.kindling.model.Predictor;
import org.kindling.storage.Storage;

/**
 * Small models of random numbers that HuggingFace transformers 5.18 wrote, and the logits that it
 * computed in float32. Between them they have every key that a config.json may use: GPT-2 without
 * prefix, with buffers, a stored head and an n_inner; Llama in two shards of BF16 with biases,
 * grouped queries, its own head size and GEGLU; Qwen3 in F16 with a sliding window and a tied head.
 */
class PublishedModelTest {
  @TempDir Path directory;
  private final Storage storage = Storage.standard();

  @ParameterizedTest
  @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen3"})
  void whatWasReadComputesTheSameLogits(String name) throws Exception {
    Path model = golden(name);
    HuggingFaceConfig config = config(model);
    double[][] logits = new PlainForward(config, tensors(model, config)).logits(tokens(model));
    float[] expected = expected(model, "logits");
    assertThat(expected).hasSize(logits.length * config.vocabulary());
    for (int t = 0; t < logits.length; t++) {
      for (int id = 0; id < config.vocabulary(); id++) {
        double wanted = expected[t * config.vocabulary() + id];
        assertThat(logits[t][id]).isCloseTo(wanted, within(1e-5 * (1 + Math.abs(wanted))));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen3"})
  void theTransformerOnVectorKernelsComputesTheSameLogits(String name) throws Exception {
    Path golden = golden(name);
    HuggingFaceConfig config = config(golden);
    Map<String, float[]> tensors = tensors(golden, config);
    float[] expected = expected(golden, "logits");
    int[] tokens = tokens(golden);
    try (Kernels kernels = Kernels.named("vector");
        LanguageModel model =
            LanguageModels.create(
                HuggingFaceShapes.settings(config),
                config.vocabulary(),
                1,
                kernels,
                Activations.DISCARDED);
        Predictor.Decoder decoder = model.decoder(1)) {
      for (ParameterLayout.Entry entry : model.layout().entries()) {
        float[] values = tensors.get(entry.name());
        model.parameters().write(entry.offset(), values, 0, values.length);
      }
      assertThat(model.logits(1, tokens.length, tokens)).containsExactly(expected, within(1e-4f));
      for (int t = 0; t < tokens.length; t++) {
        float[] wanted =
            Arrays.copyOfRange(expected, t * config.vocabulary(), (t + 1) * config.vocabulary());
        assertThat(decoder.appendTo(0, tokens[t])).containsExactly(wanted, within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen3"})
  void writtenAndReadAgainItHasTheSameBits(String name) throws Exception {
    Path model = golden(name);
    HuggingFaceConfig config = config(model);
    Map<String, float[]> tensors = tensors(model, config);
    Dtype dtype =
        name.equals("tiny-gpt2") ? Dtype.F32 : name.equals("tiny-llama") ? Dtype.BF16 : Dtype.F16;
    List<Safetensors.Tensor> written =
        PublishedNames.of(config).stream()
            .map(
                e ->
                    new Safetensors.Tensor(
                        e.name(), e.shape(), FlatSource.of(tensors.get(e.name())), 0))
            .toList();
    Path file = directory.resolve(SafetensorsDirectory.SINGLE);
    Safetensors.write(storage, SafetensorsFixture.hadoop(file), written, dtype);
    storage.writeText(
        SafetensorsFixture.hadoop(directory.resolve("config.json")), config.toJson(dtype));
    HuggingFaceConfig again = config(directory);
    assertThat(again).isEqualTo(config);
    Map<String, float[]> found = tensors(directory, again);
    assertThat(found.keySet()).isEqualTo(tensors.keySet());
    found.forEach((tensor, values) -> assertThat(values).isEqualTo(tensors.get(tensor)));
  }

  private static Path golden(String name) throws URISyntaxException {
    return Path.of(PublishedModelTest.class.getResource("/golden/" + name).toURI());
  }

  private HuggingFaceConfig config(Path model) throws IOException {
    return HuggingFaceConfig.read(storage, SafetensorsFixture.hadoop(model));
  }

  private Map<String, float[]> tensors(Path model, HuggingFaceConfig config) throws IOException {
    Map<String, float[]> found = new HashMap<>();
    try (HuggingFaceTensors tensors =
        HuggingFaceTensors.open(
            storage, SafetensorsFixture.hadoop(model), PublishedNames.of(config))) {
      tensors.read(SafetensorsFixture.collect(found));
    }
    return found;
  }

  private static int[] tokens(Path model) throws IOException {
    float[] stored = expected(model, "tokens");
    int[] tokens = new int[stored.length];
    for (int t = 0; t < tokens.length; t++) {
      tokens[t] = (int) stored[t];
    }
    return tokens;
  }

  private static float[] expected(Path model, String name) throws IOException {
    Map<String, float[]> found =
        new LinkedHashMap<>(SafetensorsFixture.read(model.resolve("expected.safetensors")));
    return found.get(name);
  }
}
