package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.tokenizer.BytePairTrainer;
import org.kindling.tokenizer.CharacterTokenizer;
import org.kindling.tokenizer.CodePoints;
import org.kindling.tokenizer.PieceCounts;

class TokenizerJobTest {
  private static final List<String> TEXTS =
      List.of("the cat sat on the mat\n", "the hat, naïve 😀", "it's the rat that sat");
  @TempDir Path directory;
  private Path input;
  private Path output;

  @BeforeEach
  void writeCorpus() throws IOException {
    input = Files.createDirectories(directory.resolve("corpus"));
    output = directory.resolve("tokenizer");
    Files.writeString(input.resolve("a.txt"), TEXTS.get(0));
    Files.writeString(Files.createDirectories(input.resolve("deeper")).resolve("b"), TEXTS.get(1));
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(input.resolve("c.txt.gz")))) {
      out.write(TEXTS.get(2).getBytes(StandardCharsets.UTF_8));
    }
    Files.writeString(input.resolve("_SUCCESS"), "no document");
  }

  @Test
  void learnsTheSameBytePairsAsOneProcess() throws IOException {
    PieceCounts counts = new PieceCounts();
    TEXTS.forEach(counts::addText);
    CommandRun run = learn("--vocabulary", "270");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).contains("bpe tokenizer of 270 entries");
    assertThat(Files.readString(output.resolve("tokenizer.json")))
        .isEqualTo(BytePairTrainer.train(counts, 270).toJson());
    assertThat(output).isDirectoryNotContaining(file -> !file.endsWith("tokenizer.json"));
  }

  @Test
  void learnsCharacters() throws IOException {
    CodePoints characters = new CodePoints();
    TEXTS.forEach(characters::add);
    assertThat(learn("--kind", "char").status()).isZero();
    assertThat(Files.readString(output.resolve("tokenizer.json")))
        .isEqualTo(CharacterTokenizer.train(characters).toJson());
  }

  @Test
  void refusesDirectoriesWithOtherFiles() throws IOException {
    Files.createDirectories(output);
    Files.writeString(output.resolve("thesis.doc"), "mine");
    refuses("holds files that Kindling did not write (first: thesis.doc)", "--kind", "char");

    Files.move(output.resolve("thesis.doc"), output.resolve("manifest.json"));
    Files.writeString(output.resolve("tokenizer.json"), "a dataset's");
    refuses("holds more than a tokenizer (first: manifest.json)", "--kind", "char");
    assertThat(Files.readString(output.resolve("tokenizer.json"))).isEqualTo("a dataset's");
  }

  @Test
  void refusesWrongVocabularies() {
    refuses("--vocabulary: missing");
    refuses("vocabulary: expected 257 (256 bytes", "--vocabulary", "256");
    refuses("leave it out", "--kind", "char", "--vocabulary", "300");
    refuses("every piece of the corpus is one token; use at most", "--vocabulary", "5000");
    assertThat(output).doesNotExist();
  }

  @Test
  void refusesCorporaWithoutText() throws IOException {
    input = Files.createDirectories(directory.resolve("empty"));
    refuses("holds no files", "--kind", "char");
    input = directory.resolve("absent");
    refuses("no such file or directory", "--kind", "char");
  }

  @Test
  void namesTheFileThatIsNotText() throws IOException {
    Files.write(input.resolve("bad.txt"), new byte[] {'o', 'k', (byte) 0xE9, '!'});
    CommandRun run = learn("--vocabulary", "270");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("bad.txt, byte 2: expected UTF-8 text, found 0xe9");
  }

  private void refuses(String message, String... more) {
    CommandRun run = learn(more);
    assertThat(run.err()).contains(message);
    assertThat(run.status()).isEqualTo(2);
  }

  private CommandRun learn(String... more) {
    String[] arguments = {"tokenizer", "--input", input.toString(), "--output", output.toString()};
    return CommandRun.of(
        java.util.stream.Stream.of(arguments, more)
            .flatMap(java.util.Arrays::stream)
            .toArray(String[]::new));
  }
}
