package org.kindling.spark.tokenization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.OutputMode;
import org.kindling.corpus.TokenReader;
import org.kindling.spark.documents.DocumentRules;
import org.kindling.spark.documents.Documents;
import org.kindling.spark.documents.OnMalformed;
import org.kindling.spark.progress.StatusLine;
import org.kindling.spark.quality.Dedup;
import org.kindling.spark.quality.QualitySettings;
import org.kindling.tokenizer.SpecialTokens;

class TokenizationTest {
  private static SparkSession session;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    session = session(2);
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  private static SparkSession session(int cores) {
    return SparkSession.builder()
        .master("local[" + cores + "]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  /** Settings that a test changes one of. */
  private final class Job {
    String tokenizer = "byte";
    String output = "dataset";
    OutputMode mode = OutputMode.CREATE;
    SplitMethod split = SplitMethod.HASH;
    double fraction = 0.2;
    int shards;
    OnMalformed onMalformed = OnMalformed.FAIL;
    String column = "text";
    String input = "corpus";
    QualitySettings quality = QualitySettings.KEEP_ALL;
    SpecialTokens specialTokens = SpecialTokens.REFUSE;

    Dataset run() throws IOException {
      var settings =
          new TokenizationSettings(
              List.of(hadoop(input)),
              new DocumentRules(null, "text", column, null, onMalformed),
              quality,
              tokenizer,
              specialTokens,
              hadoop(output),
              mode,
              split,
              fraction,
              shards);
      return new Tokenization(session, settings, StatusLine.silent()).run().dataset();
    }
  }

  private org.apache.hadoop.fs.Path hadoop(String name) {
    return new org.apache.hadoop.fs.Path(directory.resolve(name).toString());
  }

  private void write(String name, String content) throws IOException {
    Path file = directory.resolve("corpus").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private void writeLetters(int files) throws IOException {
    for (int i = 0; i < files; i++) {
      write(String.format("%03d.txt", i), "letter " + i + " \u00e9\n" + "x".repeat(i % 17));
    }
  }

  private static String text(Dataset dataset, String split) throws IOException {
    try (TokenReader reader = dataset.tokens(split)) {
      int[] tokens = new int[(int) reader.tokens()];
      reader.read(0, tokens, 0, tokens.length);
      return dataset.tokenizer().decodeText(tokens);
    }
  }

  private Map<String, String> files(String name) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve(name))) {
      return files.collect(
          Collectors.toMap(
              f -> f.getFileName().toString(), TokenizationTest::hex, (a, b) -> a, TreeMap::new));
    }
  }

  private static String hex(Path file) {
    try {
      return java.util.HexFormat.of().formatHex(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void assertRefused(UnaryOperator<Job> change, String... parts) {
    Job job = change.apply(new Job());
    assertThatThrownBy(job::run).satisfies(e -> assertThat(rootMessage(e)).contains(parts));
    assertThat(directory.toFile().list((d, name) -> !name.equals("corpus"))).isEmpty();
  }

  /** The message of the exception that Spark wrapped. */
  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null && root instanceof org.apache.spark.SparkException) {
      root = root.getCause();
    }
    return root.getMessage();
  }

  @Test
  void leavesOutDuplicatesAndSaysSo() throws IOException {
    for (int i = 0; i < 40; i++) {
      write(String.format("%02d.txt", i), "letter " + i % 25);
    }
    Job job = new Job();
    job.quality = new QualitySettings(Dedup.EXACT, 0.8, 9, Long.MAX_VALUE, 1);
    Dataset dataset = job.run();
    assertThat(dataset.manifest().documents()).isEqualTo(15);
    assertThat(dataset.manifest().droppedDocuments())
        .isEqualTo(Map.of("exact-duplicate", 5L, "too-short", 20L));
    assertThat(dataset.manifest().options().quality())
        .isEqualTo(Map.of("dedup", "exact", "minCharacters", 9));
    assertThat(session.read().parquet(directory.resolve("dataset/dropped").toString()).count())
        .isEqualTo(25);
    job.mode = new OutputMode(true, false);
    job.quality = QualitySettings.KEEP_ALL;
    assertThat(job.run().manifest().documents()).isEqualTo(40);
    assertThat(directory.resolve("dataset/dropped")).doesNotExist();
  }

  @Test
  void namesWhyNoDocumentIsLeft() throws IOException {
    writeLetters(5);
    Job job = new Job();
    job.quality = new QualitySettings(Dedup.NONE, 0.8, 1000, Long.MAX_VALUE, 1);
    assertThatThrownBy(job::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no document is left (5 too-short); set looser limits");
    assertThat(directory.resolve("dataset.unfinished")).doesNotExist();
  }

  @Test
  void makesTheSameBytesOnAnyNumberOfCores() throws IOException {
    writeLetters(100);
    write("z.jsonl", "{\"text\": \"a\"}\n{\"text\": \"b\"}\n".repeat(30));
    Job job = new Job();
    job.tokenizer = "char";
    job.shards = 6;
    job.run().verify();
    Map<String, String> first = files("dataset");
    assertThat(first.keySet()).contains("manifest.json", "train-00005-of-00006.bin");
    session.stop();
    session = session(1);
    job.output = "again";
    job.run();
    assertThat(files("again")).isEqualTo(first);
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("corpus", "dataset", "again");
    session.stop();
    session = session(2);
  }

  @Test
  void everyDocumentIsInExactlyOneSplitAndStaysThere() throws IOException {
    writeLetters(60);
    Dataset dataset = new Job().run();
    String training = text(dataset, "train");
    String validation = text(dataset, "validation");
    writeLetters(90);
    Job more = new Job();
    more.output = "more";
    Dataset larger = more.run();
    for (int i = 0; i < 60; i++) {
      String letter = "letter " + i + " ";
      assertThat(training.contains(letter)).isNotEqualTo(validation.contains(letter));
      assertThat(text(larger, "train").contains(letter)).isEqualTo(training.contains(letter));
    }
    assertThat(dataset.manifest().documents()).isEqualTo(60);
    assertThat(dataset.manifest().tokens()).isEqualTo(dataset.manifest().textBytes() + 60);
  }

  @Test
  void tailCutsTheTextAtItsCharacter() throws IOException {
    write("a.txt", "\u00e9".repeat(70));
    write("b.txt", "b".repeat(30));
    Job job = new Job();
    job.tokenizer = "char";
    job.split = SplitMethod.TAIL;
    job.fraction = 0.1;
    job.shards = 2;
    Dataset dataset = job.run();
    assertThat(text(dataset, "train")).isEqualTo("\u00e9".repeat(70) + "b".repeat(20));
    assertThat(text(dataset, "validation")).isEqualTo("b".repeat(10));
    assertThat(dataset.tokenizer().vocabulary()).isEqualTo(2);
  }

  @Test
  void readsParquetInOrderOfRows() throws IOException {
    List<String> rows = List.of("first", "", "second \u00e9", "third");
    session
        .createDataset(rows, Encoders.STRING())
        .toDF("body")
        .coalesce(1)
        .write()
        .parquet(directory.resolve("corpus").toString());
    Job job = new Job();
    job.column = "body";
    job.fraction = 0;
    assertThat(text(job.run(), "train")).isEqualTo("firstsecond \u00e9third");
    assertThatThrownBy(
            () -> {
              Job missing = new Job();
              missing.output = "missing";
              missing.run();
            })
        .satisfies(
            e ->
                assertThat(rootMessage(e))
                    .contains(".parquet: expected a column text, found body", "--text-column"));
  }

  @Test
  void nullRowsOfParquetAreMalformed() throws IOException {
    session
        .sql("select * from values ('a'), (null), ('b') as t(text)")
        .coalesce(1)
        .write()
        .parquet(directory.resolve("corpus").toString());
    assertRefused(job -> job, ", row 1: expected text in column text, found null");
    Job job = new Job();
    job.fraction = 0;
    job.onMalformed = OnMalformed.SKIP;
    Dataset dataset = job.run();
    assertThat(text(dataset, "train")).isEqualTo("ab");
    assertThat(dataset.manifest().skippedDocuments()).isEqualTo(1);
  }

  @Test
  void largeParquetFilesAreCutByRowGroups() throws IOException {
    List<String> rows =
        Stream.iterate(0, i -> i + 1)
            .limit(3000)
            .map(i -> "row " + i + " " + i * 7919L + ";")
            .toList();
    session
        .createDataset(rows, Encoders.STRING())
        .toDF("text")
        .coalesce(1)
        .write()
        .option("parquet.block.size", 4096)
        .option("parquet.page.size.row.check.min", 10)
        .option("parquet.block.size.row.check.min", 10)
        .parquet(directory.resolve("corpus").toString());
    Job job = new Job();
    job.fraction = 0;
    job.shards = 5;
    Dataset dataset = job.run();
    assertThat(dataset.split("train").shards()).hasSizeGreaterThan(1);
    assertThat(text(dataset, "train")).isEqualTo(String.join("", rows));
  }

  @Test
  void textsComeInOrder() throws IOException {
    writeLetters(20);
    var rules = new DocumentRules(null, "text", "text", null, OnMalformed.FAIL);
    List<String> texts =
        Documents.open(session, List.of(hadoop("corpus")), rules, 4).texts().collect();
    assertThat(texts).hasSize(20);
    for (int i = 0; i < 20; i++) {
      assertThat(texts.get(i)).startsWith("letter " + i + " ");
    }
  }

  @Test
  void refusesInputThatIsNotThere() {
    assertRefused(job -> job, "corpus: no such file or directory");
  }

  @Test
  void refusesAnEmptyCorpus() throws IOException {
    Files.createDirectories(directory.resolve("corpus/empty"));
    assertRefused(job -> job, "corpus: holds no files");
    write("a.txt", "");
    assertRefused(job -> job, "corpus: holds only empty files");
    write("a.jsonl", "\n{\"text\": \"\"}\n");
    assertRefused(job -> job, "corpus: holds no text");
    assertRefused(
        job -> {
          job.tokenizer = "char";
          return job;
        },
        "corpus: holds no text");
  }

  @Test
  void refusesAnEmptySplit() throws IOException {
    write("a.txt", "abc");
    assertRefused(
        job -> job,
        "of 1 documents none is for validation; for a corpus of few documents choose --split tail");
    assertRefused(
        job -> {
          job.split = SplitMethod.TAIL;
          job.fraction = 1e-18;
          return job;
        },
        "none is for validation; choose another --validation-fraction");
  }

  @Test
  void textThatIsNotUtf8EndsTheJobWhichThenGoesOnWithoutIt() throws IOException {
    writeLetters(30);
    Files.write(directory.resolve("corpus/020.txt"), new byte[] {'a', (byte) 0xff});
    Job job = new Job();
    job.shards = 4;
    assertThatThrownBy(job::run)
        .satisfies(
            e ->
                assertThat(rootMessage(e))
                    .contains("corpus/020.txt, byte 1: expected UTF-8 text, found 0xff"));
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("corpus", "dataset.unfinished");
    assertThatThrownBy(job::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds unfinished work of this job");
    job.mode = OutputMode.RESUME;
    job.onMalformed = OnMalformed.SKIP;
    Dataset resumed = job.run();
    assertThat(resumed.manifest().skippedDocuments()).isEqualTo(1);
    job.mode = OutputMode.CREATE;
    job.output = "again";
    assertThat(job.run().hash()).isEqualTo(resumed.hash());
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("corpus", "dataset", "again");
  }

  @Test
  void changedInputCannotBeResumed() throws IOException {
    writeLetters(30);
    Files.write(directory.resolve("corpus/020.txt"), new byte[] {'a', (byte) 0xff});
    Job job = new Job();
    job.shards = 4;
    assertThatThrownBy(job::run).isNotNull();
    write("020.txt", "repaired");
    for (OutputMode mode : new OutputMode[] {OutputMode.CREATE, OutputMode.RESUME}) {
      job.mode = mode;
      assertThatThrownBy(job::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("corpus/020.txt has changed")
          .hasMessageContaining("--overwrite");
    }
    job.mode = OutputMode.OVERWRITE;
    assertThat(job.run().manifest().documents()).isEqualTo(30);
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("corpus", "dataset");
  }

  @Test
  void namesTheFileWithACharacterTheTokenizerLacks() throws IOException {
    write("a.txt", "ab");
    Job job = new Job();
    job.tokenizer = "char";
    job.fraction = 0;
    job.run();
    write("a.txt", "abz");
    Job other = new Job();
    other.tokenizer = directory.resolve("dataset").toString();
    other.output = "other";
    assertThatThrownBy(other::run)
        .satisfies(e -> assertThat(rootMessage(e)).contains("a.txt, ", "U+007A"));
  }

  @Test
  void specialTokensInTextAreRefusedUnlessAllowed() throws IOException {
    write("a.txt", "plain");
    write("b.txt", "one<|endoftext|>two");
    Job job = new Job();
    job.fraction = 0;
    assertThatThrownBy(job::run)
        .satisfies(
            e ->
                assertThat(rootMessage(e))
                    .contains("b.txt", "<|endoftext|>", "--special-tokens ordinary"));

    job.mode = OutputMode.RESUME;
    job.specialTokens = SpecialTokens.ORDINARY;
    assertThat(text(job.run(), "train")).isEqualTo("plainone<|endoftext|>two");

    job.output = "allowed";
    job.mode = OutputMode.CREATE;
    job.specialTokens = SpecialTokens.ALLOW;
    Dataset allowed = job.run();
    assertThat(text(allowed, "train")).isEqualTo("plainonetwo");
    assertThat(allowed.manifest().tokens()).isEqualTo("plainonetwo".length() + 3);
    assertThat(allowed.manifest().options().specialTokens()).isEqualTo("allow");
  }

  @Test
  void refusesToReplaceWithoutBeingAsked() throws IOException {
    writeLetters(30);
    Job job = new Job();
    String hash = job.run().hash();
    assertThatThrownBy(job::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds a dataset already");
    job.mode = OutputMode.OVERWRITE;
    assertThat(job.run().hash()).isEqualTo(hash);
    job.input = "dataset";
    job.output = "dataset/inside";
    assertThatThrownBy(job::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lies in --input");
  }

  @Test
  void refusesFractionsThatAreNone() {
    for (double fraction : new double[] {-0.1, 1, Double.NaN}) {
      assertRefused(
          job -> {
            job.fraction = fraction;
            return job;
          },
          "--validation-fraction: found " + fraction);
    }
  }
}
