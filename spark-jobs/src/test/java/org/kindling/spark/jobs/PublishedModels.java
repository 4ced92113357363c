package org.kindling.spark.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.kindling.checkpoint.Safetensors;
import org.kindling.storage.Storage;

/** Small models that transformers wrote, and what it takes to import them. */
final class PublishedModels {
  private static final Path GOLDEN = Path.of("../core/src/test/resources/golden");

  private PublishedModels() {}

  /** Copies a model into a directory, and a tokenizer of fewer tokens than it knows beside it. */
  static Path copy(String name, Path parent) throws IOException {
    Path copy = Files.createDirectories(parent.resolve(name));
    try (Stream<Path> files = Files.list(GOLDEN.resolve(name))) {
      for (Path file : files.toList()) {
        if (!file.endsWith("expected.safetensors")) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
    }
    tokenizer("abcdefgh\n", parent, copy);
    return copy;
  }

  /** Puts a tokenizer of the characters of a text beside a model. */
  static void tokenizer(String text, Path scratch, Path model) throws IOException {
    Path input = Files.writeString(scratch.resolve("characters.txt"), text);
    Path output = scratch.resolve("characters");
    CommandRun run =
        CommandRun.of(
            "tokenizer",
            "--kind",
            "char",
            "--input",
            input.toString(),
            "--output",
            output.toString());
    if (run.status() != 0) {
      throw new IllegalStateException(run.err());
    }
    Files.copy(
        output.resolve("tokenizer.json"),
        model.resolve("tokenizer.json"),
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** What transformers computed: tensors {@code tokens} and {@code logits}. */
  static Map<String, float[]> expected(String name) throws IOException {
    return tensors(GOLDEN.resolve(name).resolve("expected.safetensors"));
  }

  /** All numbers of a safetensors file, by tensor. */
  static Map<String, float[]> tensors(Path file) throws IOException {
    Map<String, float[]> found = new LinkedHashMap<>();
    Safetensors.read(
        Storage.standard(),
        new org.apache.hadoop.fs.Path(file.toUri()),
        shapes -> {},
        (name, from, values, length) -> {
          float[] before = found.getOrDefault(name, new float[0]);
          float[] all = Arrays.copyOf(before, (int) from + length);
          System.arraycopy(values, 0, all, (int) from, length);
          found.put(name, all);
        });
    return found;
  }
}
