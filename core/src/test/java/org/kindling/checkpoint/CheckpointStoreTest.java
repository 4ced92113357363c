package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.model.ModelSettings;
import org.kindling.storage.Storage;

class CheckpointStoreTest {
  @TempDir Path run;
  private final Storage storage = Storage.standard();
  private CheckpointStore store;

  @BeforeEach
  void open() {
    store = new CheckpointStore(storage, new org.apache.hadoop.fs.Path(run.toUri()));
  }

  private void write(long step) throws IOException {
    try (CheckpointWriter writer = store.begin(step)) {
      writer.addShard(
          0,
          1,
          Checkpoint.writeShard(
              storage, writer.directory(), 0, 1, Map.of("parameters", new float[] {step})));
      writer.commit(manifest(step));
    }
  }

  private static CheckpointManifest manifest(long step) {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT_VERSION,
        "run",
        "transformer",
        step,
        step,
        step,
        step,
        1e9,
        1,
        1,
        false,
        "s",
        "d",
        "t",
        1,
        1,
        false,
        null,
        null,
        null,
        Map.of());
  }

  private Iterable<Long> steps() throws IOException {
    return store.list().stream().map(found -> found.manifest().step()).toList();
  }

  @Test
  void keepsTheNewestAndEveryNth() throws IOException {
    for (long step = 10; step <= 60; step += 10) {
      write(step);
    }
    store.retain(new CheckpointSettings(1, 2, 30));
    assertThat(steps()).containsExactly(30L, 50L, 60L);
  }

  @Test
  void abandonedCheckpointLeavesNothing() throws IOException {
    try (CheckpointWriter writer = store.begin(5)) {
      Checkpoint.writeShard(
          storage, writer.directory(), 0, 1, Map.of("parameters", new float[] {1}));
    }
    assertThat(run.resolve("checkpoints")).isEmptyDirectory();
  }

  @Test
  void checkpointInTheMakingIsInvisible() throws IOException {
    write(5);
    CheckpointWriter unfinished = store.begin(6);
    assertThat(steps()).containsExactly(5L);
    unfinished.close();
  }

  @Test
  void truncatedNewestGivesWayToTheOneBefore() throws IOException {
    write(5);
    write(6);
    Path file = run.resolve("checkpoints/step-000000006/state-00000-of-00001.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    assertThat(store.newestValid().orElseThrow().manifest().step()).isEqualTo(5);
  }

  @Test
  void readsTheShardBack() throws IOException {
    write(7);
    Map<String, float[]> vectors =
        Checkpoint.readShard(storage, store.list().get(0).directory(), 0, 1);
    assertThat(vectors.get("parameters")).containsExactly(7);
  }

  @Test
  void configRoundTrip() throws IOException {
    ModelConfig config =
        new ModelConfig(new ModelSettings("transformer", 3, 2, 64, 128, false), 512);
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(run.toUri());
    Checkpoint.writeConfig(storage, directory, config, java.util.OptionalInt.of(511));
    assertThat(ModelConfig.read(storage, directory)).isEqualTo(config);
    assertThat(Files.readString(run.resolve("config.json")))
        .contains("\"activation_function\" : \"gelu_new\"", "\"eos_token_id\" : 511");
  }

  @Test
  void otherModelsAreRefused() throws IOException {
    Files.writeString(run.resolve("config.json"), "{\"model_type\": \"mistral\"}");
    assertThatThrownBy(() -> ModelConfig.read(storage, new org.apache.hadoop.fs.Path(run.toUri())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("model_type: found 'mistral', expected gpt2");
  }
}
