package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectJobTest {
  /** Bytes of the documents, beside the end-of-text token that each has too. */
  private static final int[] BYTES = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1000};

  @TempDir Path directory;

  @BeforeEach
  void tokenize() throws IOException {
    Files.createDirectories(directory.resolve("text"));
    for (int i = 0; i < BYTES.length; i++) {
      Files.writeString(directory.resolve("text/" + i + ".txt"), "a".repeat(BYTES[i] - 1) + "\n");
    }
    make("data", "--validation-fraction", "0.3");
  }

  private void make(String output, String... more) {
    List<String> arguments =
        Stream.concat(
                Stream.of(
                    "tokenize",
                    "--input",
                    directory.resolve("text").toString(),
                    "--tokenizer",
                    "byte",
                    "--shards",
                    "4",
                    "--output",
                    directory.resolve(output).toString()),
                Stream.of(more))
            .toList();
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
    assertThat(run.status()).as(run.err()).isZero();
  }

  private CommandRun inspect(String... more) {
    return CommandRun.of(
        Stream.concat(
                Stream.of("inspect", "--data", directory.resolve("data").toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static JsonNode json(CommandRun run) throws IOException {
    return new ObjectMapper().readTree(run.out());
  }

  private List<Path> shards(String split) throws IOException {
    try (var files = Files.list(directory.resolve("data"))) {
      return files
          .filter(f -> f.getFileName().toString().matches(split + "-.*\\.bin"))
          .sorted()
          .toList();
    }
  }

  @Test
  void countsWhatIsThere() throws IOException {
    CommandRun run = inspect("--format", "json", "--samples", "10");
    assertThat(run.status()).as(run.err()).isZero();
    JsonNode report = json(run);
    // 1035 a, 10 line breaks, 10 ends of text.
    JsonNode use = report.path("vocabulary");
    assertThat(use.path("entries").asInt()).isEqualTo(257);
    assertThat(use.path("used").asInt()).isEqualTo(3);
    assertThat(use.path("unused").asInt()).isEqualTo(254);
    assertThat(use.path("top").get(0).path("text").asText()).isEqualTo("a");
    assertThat(use.path("top").get(0).path("count").asInt()).isEqualTo(1035);
    assertThat(use.path("top").get(0).path("share").asDouble()).isEqualTo(1035 / 1055.0);
    assertThat(use.path("top").get(1).path("text").asText()).isEqualTo("\\n");
    assertThat(use.path("top").get(2).path("text").asText()).isEqualTo("<|endoftext|>");
    double p = 1035 / 1055.0;
    double q = 10 / 1055.0;
    double bits = -(p * Math.log(p) + 2 * q * Math.log(q)) / Math.log(2);
    assertThat(use.path("entropyBits").asDouble()).isCloseTo(bits, within(1e-12));
    JsonNode lengths = report.path("lengths");
    assertThat(lengths.path("percentiles").path("p5").asInt()).isEqualTo(2);
    assertThat(lengths.path("percentiles").path("p50").asInt()).isEqualTo(6);
    assertThat(lengths.path("percentiles").path("p99").asInt()).isEqualTo(1001);
    assertThat(lengths.path("longest").asInt()).isEqualTo(1001);
    assertThat(lengths.path("mean").asDouble()).isEqualTo(105.5);
    assertThat(report.path("manifest").path("skippedDocuments").isNumber()).isTrue();
    assertThat(report.path("samples")).hasSize(10);
    assertThat(report.path("shards").path("damaged")).isEmpty();
  }

  @Test
  void splitsAreLookedAtAloneIfAsked() throws IOException {
    JsonNode all = json(inspect("--format", "json"));
    JsonNode train = json(inspect("--format", "json", "--split", "train"));
    JsonNode validation = json(inspect("--format", "json", "--split", "validation"));
    assertThat(tokens(train) + tokens(validation)).isEqualTo(tokens(all)).isEqualTo(1055);
    assertThat(train.path("shards").path("checked").asInt()).isEqualTo(shards("train").size());
    assertThat(validation.path("splits").has("train")).isFalse();
  }

  private static long tokens(JsonNode report) {
    return StreamSupport.stream(report.path("vocabulary").path("top").spliterator(), false)
        .mapToLong(top -> top.path("count").asLong())
        .sum();
  }

  @Test
  void printsForPeople() {
    CommandRun run = inspect("--samples", "10");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("tokenizer   byte ", "257 entries, tokens stored as u16")
        .contains("3 of 257 entries used (1.2%), 254 unused; entropy 0.15")
        .contains("p1 2  p5 2  p25 4  p50 6  p75 9  p95 1,001  p99 1,001  max 1,001")
        .containsPattern("\\n +4-7 +4  #{40}\\n")
        .containsPattern("\\n +512-1,023 +1  #{10}\\n")
        .contains(", 4 tokens\n  aa\\n\n", "a".repeat(400) + " ...")
        .contains("options.validationFraction  0.3")
        .containsPattern("shards +(\\d+) of \\1 intact");
  }

  @Test
  void samplesAreTheSameForTheSameSeed() {
    String first = inspect("--samples", "2", "--seed", "5").out();
    assertThat(inspect("--samples", "2", "--seed", "5").out()).isEqualTo(first);
    assertThat(first.split("\nsample ")).hasSize(3);
    assertThat(Stream.of("6", "7", "8").map(s -> inspect("--samples", "2", "--seed", s).out()))
        .anyMatch(other -> !other.equals(first));
  }

  @Test
  void damagedShardsAreNamedAfterTheListing() throws IOException {
    for (int i = 0; i < 60; i++) {
      Files.writeString(directory.resolve("text/more-" + i + ".txt"), (i + " ").repeat(100));
    }
    make("data", "--overwrite");
    List<Path> shards = shards("train");
    byte[] bytes = Files.readAllBytes(shards.get(0));
    bytes[0] ^= 1;
    Files.write(shards.get(0), bytes);
    Files.write(shards.get(1), new byte[3]);
    int checked = shards.size() + shards("validation").size();
    CommandRun run = inspect();
    assertThat(run.status()).isEqualTo(1);
    String first = shards.get(0).getFileName().toString();
    String second = shards.get(1).getFileName().toString();
    assertThat(run.out())
        .contains("vocabulary ", "lengths ", "shards      " + (checked - 2) + " of " + checked)
        .contains("damaged     " + first.replace(".bin", "") + ": ", first + ", byte 0: expected C")
        .contains(second + ", byte 3: expected ", "bytes, found 3; restore the file");
    Files.delete(shards.get(1));
    assertThat(inspect().out()).contains(second + ": no such file, but the manifest lists it");
  }

  @Test
  void damagedTokenizerIsNamedToo() throws IOException {
    Files.writeString(directory.resolve("data/tokenizer.json"), "{}");
    CommandRun run = inspect();
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).contains("damaged     tokenizer.json: ").contains("entropy 0.15");
  }

  @Test
  void showsWhateverElseTheManifestRecords() throws IOException {
    Path file = directory.resolve("data/manifest.json");
    String json = Files.readString(file);
    Files.writeString(
        file, json.replace("\"skippedDocuments\" : 0", "\"skippedDocuments\" : 12345"));
    assertThat(inspect().out()).containsPattern("skippedDocuments +12,345\n");
  }

  @Test
  void directoriesThatAreNoDatasetAreRefused() {
    CommandRun none = CommandRun.of("inspect", "--data", directory.resolve("text").toString());
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.err()).contains("text: has no manifest.json, hence is no dataset");
    CommandRun many = inspect("--samples", "-1");
    assertThat(many.status()).isEqualTo(2);
    assertThat(many.err()).contains("--samples: expected 0 to 1000, found -1");
    make("whole", "--validation-fraction", "0");
    CommandRun split =
        CommandRun.of(
            "inspect", "--data", directory.resolve("whole").toString(), "--split", "validation");
    assertThat(split.status()).isEqualTo(2);
    assertThat(split.err()).contains("has no split validation, only train");
  }
}
