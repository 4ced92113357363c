package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

class SafetensorsDirectoryTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir Path directory;

  @Test
  void readsASingleFile() throws IOException {
    write("model.safetensors", Map.of("a", new float[] {1, 2}));
    assertThat(read()).containsOnlyKeys("a");
    assertThat(read().get("a")).containsExactly(1, 2);
  }

  @Test
  void readsShardsAsOneSet() throws IOException {
    shards();
    Map<String, float[]> found = read();
    assertThat(found).containsOnlyKeys("a", "b", "c");
    assertThat(found.get("a")).containsExactly(1, 2);
    assertThat(found.get("c")).containsExactly(4, 5);
  }

  @Test
  void prefersTheSingleFileAsTransformersDoes() throws IOException {
    shards();
    write("model.safetensors", Map.of("whole", new float[] {7}));
    assertThat(read()).containsOnlyKeys("whole");
  }

  @Test
  void refusesADirectoryWithoutAModel() {
    assertThatThrownBy(this::read)
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("expected model.safetensors or model.safetensors.index.json")
        .hasMessageContaining("found neither; give the directory of a model");
  }

  @Test
  void saysWhatToDoWithPickledModels() throws IOException {
    Files.write(directory.resolve("pytorch_model.bin"), new byte[4]);
    assertThatThrownBy(this::read)
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("found pytorch_model files; load the model in transformers");
  }

  @Test
  void refusesAMissingShard() throws IOException {
    shards();
    Files.delete(directory.resolve(SECOND));
    assertThatThrownBy(this::read)
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining(SECOND + ": no such file, but model.safetensors.index.json names it");
  }

  @Test
  void refusesAShardThatIsCutShort() throws IOException {
    shards();
    byte[] bytes = Files.readAllBytes(directory.resolve(SECOND));
    Files.write(directory.resolve(SECOND), java.util.Arrays.copyOf(bytes, bytes.length - 1));
    assertRefused("the file is cut short");
  }

  @Test
  void refusesATensorThatIsNotInItsShard() throws IOException {
    shards();
    index("'a':'" + FIRST + "','b':'" + SECOND + "','c':'" + SECOND + "','d':'" + FIRST + "'");
    assertRefused(
        "names tensors that are not in their files: b (" + SECOND + "), d (" + FIRST + ")");
  }

  @Test
  void refusesATensorInTwoShards() throws IOException {
    shards();
    write(SECOND, Map.of("b", new float[] {3}));
    index("'a':'" + FIRST + "','b':'" + SECOND + "'");
    assertRefused("tensor b is also in " + FIRST + "; expected it in one shard");
  }

  @Test
  void refusesAnIndexThatIsNoJson() throws IOException {
    Files.writeString(directory.resolve(SafetensorsDirectory.INDEX), "{");
    assertRefused("cannot be read as JSON");
  }

  @Test
  void refusesAnIndexThatNamesATensorTwice() throws IOException {
    shards();
    index("'a':'" + FIRST + "','a':'" + SECOND + "'");
    assertRefused("cannot be read as JSON (Duplicate field 'a')");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"weight_map\":[]}", "{\"weight_map\":{}}", "[]"})
  void refusesAnIndexWithoutMap(String text) throws IOException {
    Files.writeString(directory.resolve(SafetensorsDirectory.INDEX), text);
    assertRefused("expected an object weight_map of tensors and files, found none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'../a.safetensors'", "'/a'", "'s3:a'", "''", "7", "null"})
  void refusesShardsElsewhere(String shard) throws IOException {
    index("'a':" + shard);
    assertRefused("weight_map.a: expected the name of a file beside the index, found ");
  }

  private void shards() throws IOException {
    Map<String, float[]> first = new LinkedHashMap<>();
    first.put("a", new float[] {1, 2});
    first.put("b", new float[] {3});
    write(FIRST, first);
    write(SECOND, Map.of("c", new float[] {4, 5}));
    index("'a':'" + FIRST + "','b':'" + FIRST + "','c':'" + SECOND + "'");
  }

  private void write(String name, Map<String, float[]> tensors) throws IOException {
    SafetensorsFixture.tensors(directory.resolve(name), tensors);
  }

  private void index(String map) throws IOException {
    String text = "{'metadata':{'total_size':20},'weight_map':{" + map + "}}";
    Files.writeString(directory.resolve(SafetensorsDirectory.INDEX), text.replace('\'', '"'));
  }

  private Map<String, float[]> read() throws IOException {
    Map<String, float[]> found = new LinkedHashMap<>();
    try (SafetensorsDirectory model =
        SafetensorsDirectory.open(Storage.standard(), SafetensorsFixture.hadoop(directory))) {
      for (StoredTensor tensor : model.tensors().values()) {
        model.read(tensor, tensor.name(), SafetensorsFixture.collect(found));
      }
    }
    return found;
  }

  private void assertRefused(String message) {
    assertThatThrownBy(this::read)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(message);
  }
}
