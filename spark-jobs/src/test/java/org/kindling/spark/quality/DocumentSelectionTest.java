package org.kindling.spark.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.Util;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.spark.documents.DocumentRules;
import org.kindling.spark.documents.Documents;
import org.kindling.spark.documents.OnMalformed;

class DocumentSelectionTest {
  private static final DocumentRules RULES =
      new DocumentRules(null, "text", "text", null, OnMalformed.SKIP);

  @TempDir Path directory;
  private SparkSession session;

  @BeforeEach
  void start() {
    session = open(2);
  }

  @AfterEach
  void stop() {
    session.stop();
  }

  private static SparkSession open(int cores) {
    return SparkSession.builder()
        .master("local[" + cores + "]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  private org.apache.hadoop.fs.Path hadoop(String name) {
    return new org.apache.hadoop.fs.Path(directory.resolve(name).toString());
  }

  private void write(String name, List<String> texts) throws IOException {
    Path file = directory.resolve("corpus").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        texts.stream()
            .map(text -> "{\"text\": \"" + text.replace("\n", "\\n") + "\"}\n")
            .collect(Collectors.joining()));
  }

  private static QualitySettings dedup(Dedup dedup) {
    return new QualitySettings(dedup, 0.8, 0, Long.MAX_VALUE, 1);
  }

  /** What a selection chose. */
  private record Chosen(List<String> texts, Map<String, Long> dropped) {}

  private Chosen choose(QualitySettings settings, int shards) throws IOException {
    return choose(settings, shards, "work-" + System.nanoTime());
  }

  private Chosen choose(QualitySettings settings, int shards, String name) throws IOException {
    Documents documents = Documents.open(session, List.of(hadoop("corpus")), RULES, shards);
    DocumentSelection selection =
        DocumentSelection.make(documents, settings, hadoop(name), hadoop(name + "-dropped"));
    return new Chosen(documents.selecting(selection).texts().collect(), selection.dropped());
  }

  private static String words(Random random, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "w" + random.nextInt(1 << 30))
        .collect(Collectors.joining(" "));
  }

  @Test
  void theFirstOfEqualDocumentsStays() throws IOException {
    write("a.jsonl", List.of("one", "two", "", "one"));
    write("b.jsonl", List.of("three", "two", "one"));
    Chosen chosen = choose(dedup(Dedup.EXACT), 1, "work");
    assertThat(chosen.texts()).containsExactly("one", "two", "three");
    assertThat(chosen.dropped()).isEqualTo(Map.of("exact-duplicate", 3L));
    List<Row> rows =
        session
            .read()
            .parquet(directory.resolve("work-dropped").toString())
            .orderBy("group", "ordinal")
            .collectAsList();
    assertThat(rows).hasSize(3);
    Row first = rows.get(0);
    assertThat(first.<String>getAs("file")).endsWith("corpus/a.jsonl");
    assertThat(first.<String>getAs("survivorFile")).endsWith("corpus/a.jsonl");
    assertThat(first.<Long>getAs("position")).isEqualTo(45);
    assertThat(first.<Long>getAs("ordinal")).isEqualTo(3);
    assertThat(first.<Long>getAs("sizeBytes")).isEqualTo(3);
    assertThat(first.<Long>getAs("survivorPosition")).isZero();
    assertThat(first.<String>getAs("reason")).isEqualTo("exact-duplicate");
    assertThat(first.<Double>getAs("score")).isEqualTo(1);
    assertThat(rows.get(1).<Long>getAs("survivorPosition")).isEqualTo(16);
    assertThat(encodings(directory.resolve("work-dropped/part-00000.parquet")))
        .hasSize(9)
        .allSatisfy(column -> assertThat(column).hasSizeGreaterThan(1).isSorted());
  }

  /** By column, as the footer lists them; the order is what differs between two Java processes. */
  private static List<List<Encoding>> encodings(Path parquet) throws IOException {
    byte[] bytes = Files.readAllBytes(parquet);
    int trailer = bytes.length - 8;
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(trailer);
    return Util.readFileMetaData(new ByteArrayInputStream(bytes, trailer - length, length))
        .getRow_groups()
        .get(0)
        .getColumns()
        .stream()
        .map(column -> column.getMeta_data().getEncodings())
        .toList();
  }

  @Test
  void filtersGoFirstAndNameWhatTheyDecidedBy() throws IOException {
    write(
        "a.jsonl",
        List.of(
            "\u00e9\u00e9\u00e9",
            "\u00e9\u00e9\u00e9\u00e9",
            "x".repeat(41),
            "abcd\nabcd\nabcd\nabcd",
            "\u00e9\u00e9\u00e9\u00e9",
            "\u00e9\u00e9\u00e9"));
    Chosen chosen = choose(new QualitySettings(Dedup.EXACT, 0.8, 4, 40, 0.5), 1, "work");
    assertThat(chosen.texts()).containsExactly("\u00e9\u00e9\u00e9\u00e9");
    assertThat(chosen.dropped())
        .isEqualTo(
            Map.of("too-short", 2L, "too-long", 1L, "repetitive", 1L, "exact-duplicate", 1L));
    List<Row> rows =
        session.read().parquet(directory.resolve("work-dropped").toString()).collectAsList();
    assertThat(rows)
        .filteredOn(row -> row.<String>getAs("reason").equals("repetitive"))
        .singleElement()
        .satisfies(row -> assertThat(row.<Double>getAs("score")).isEqualTo(0.75))
        .satisfies(row -> assertThat((Object) row.getAs("survivorFile")).isNull());
  }

  @Test
  void malformedDocumentsKeepOrdinalsInStep() throws IOException {
    write("a.jsonl", List.of("one", "two"));
    Path file = directory.resolve("corpus/b.jsonl");
    Files.writeString(file, "nonsense\n{\"text\": \"two\"}\n{\"text\": \"three\"}\n");
    assertThat(choose(dedup(Dedup.EXACT), 1).texts()).containsExactly("one", "two", "three");
  }

  /** Documents, and copies of which so many words are others, at random places. */
  private List<String> withCopies(Random random, int count, int length, int changed) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String text = words(random, length);
      String[] copy = text.split(" ");
      for (int c = 0; c < changed; c++) {
        copy[random.nextInt(length)] = "changed" + random.nextInt(1 << 30);
      }
      texts.add(text);
      texts.add(String.join(" ", copy));
    }
    return texts;
  }

  private static double jaccard(String one, String other) {
    Set<List<String>> both = shingles(one);
    Set<List<String>> all = new HashSet<>(both);
    both.retainAll(shingles(other));
    all.addAll(shingles(other));
    return (double) both.size() / all.size();
  }

  private static Set<List<String>> shingles(String text) {
    List<String> words = Arrays.asList(text.split(" "));
    return IntStream.rangeClosed(0, words.size() - 5)
        .mapToObj(i -> List.copyOf(words.subList(i, i + 5)))
        .collect(Collectors.toCollection(HashSet::new));
  }

  @Test
  void findsNearDuplicatesAndLittleElse() throws IOException {
    Random random = new Random(7);
    List<String> texts = new ArrayList<>();
    for (int changed : new int[] {0, 1, 2, 4, 8, 12, 20}) {
      texts.addAll(withCopies(random, 60, 300, changed));
    }
    write("a.jsonl", texts);
    Set<String> kept = new HashSet<>(choose(dedup(Dedup.NEAR), 4).texts());
    int similar = 0;
    int found = 0;
    int different = 0;
    int wrong = 0;
    for (int i = 0; i < texts.size(); i += 2) {
      double jaccard = jaccard(texts.get(i), texts.get(i + 1));
      boolean left = jaccard == 1 || !kept.contains(texts.get(i + 1));
      assertThat(kept).contains(texts.get(i));
      similar += jaccard >= 0.85 ? 1 : 0;
      found += jaccard >= 0.85 && left ? 1 : 0;
      different += jaccard <= 0.72 ? 1 : 0;
      wrong += jaccard <= 0.72 && left ? 1 : 0;
    }
    assertThat(similar).isGreaterThan(150);
    assertThat(different).isGreaterThan(80);
    assertThat((double) found / similar).as("recall").isGreaterThan(0.98);
    assertThat((double) wrong / different).as("found though different").isLessThan(0.02);
  }

  @Test
  void theSameWhateverTheCoresAndGroups() throws IOException {
    Random random = new Random(8);
    List<String> texts = new ArrayList<>(withCopies(random, 150, 80, 1));
    texts.addAll(texts.subList(0, 100));
    java.util.Collections.shuffle(texts, random);
    write("a.jsonl", texts.subList(0, 200));
    write("b.jsonl", texts.subList(200, 400));
    QualitySettings near = dedup(Dedup.NEAR);
    Chosen chosen = choose(near, 3);
    assertThat(chosen.dropped().get("exact-duplicate")).isEqualTo(100);
    assertThat(chosen.dropped().get("near-duplicate")).isGreaterThan(100);
    assertThat(choose(near, 1)).isEqualTo(chosen);
    assertThat(choose(near, 40)).isEqualTo(chosen);
    session.stop();
    session = open(1);
    assertThat(choose(near, 3)).isEqualTo(chosen);
  }

  @Test
  void aChainOfNeighboursIsOneComponent() throws IOException {
    Random random = new Random(9);
    List<String> chain = new ArrayList<>();
    String[] words = words(random, 200).split(" ");
    for (int i = 0; i < 30; i++) {
      chain.add(String.join(" ", words));
      words[6 * i] = "other" + i;
    }
    assertThat(jaccard(chain.get(0), chain.get(29))).isLessThan(0.3);
    write("a.jsonl", chain);
    assertThat(choose(dedup(Dedup.NEAR), 2).texts()).containsExactly(chain.get(0));
  }

  @Test
  void aBucketOfTenThousandIsNoTrouble() throws IOException {
    Random random = new Random(10);
    String[] words = words(random, 400).split(" ");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      String before = words[i % 400];
      words[i % 400] = "n" + i;
      texts.add(i % 2 == 0 ? String.join(" ", words) : "the same");
      words[i % 400] = before;
    }
    write("a.jsonl", texts);
    long start = System.nanoTime();
    Chosen chosen = choose(dedup(Dedup.NEAR), 4);
    assertThat(chosen.texts()).containsExactly(texts.get(0), "the same");
    assertThat((System.nanoTime() - start) / 1e9).as("seconds").isLessThan(40);
  }

  @Test
  void decidesOnceForTheSameCorpusAndSettings() throws IOException {
    write("a.jsonl", List.of("one", "two", "one"));
    Chosen chosen = choose(dedup(Dedup.EXACT), 1, "work");
    Path summary = directory.resolve("work/selection.json");
    long written = Files.getLastModifiedTime(summary).toMillis();
    assertThat(choose(dedup(Dedup.EXACT), 1, "work")).isEqualTo(chosen);
    assertThat(Files.getLastModifiedTime(summary).toMillis()).isEqualTo(written);
    QualitySettings others = new QualitySettings(Dedup.EXACT, 0.8, 4, Long.MAX_VALUE, 1);
    assertThat(choose(others, 1, "work").dropped()).isEqualTo(Map.of("too-short", 3L));
    Files.writeString(summary, "{");
    assertThat(choose(dedup(Dedup.EXACT), 1, "work")).isEqualTo(chosen);
  }

  @Test
  void keepingAllReadsNothing() throws IOException {
    write("a.jsonl", List.of("one", "one"));
    assertThat(choose(QualitySettings.KEEP_ALL, 1, "work").texts()).containsExactly("one", "one");
    assertThat(directory.resolve("work")).doesNotExist();
  }

  @Test
  void missingDecisionsAreAnError() throws IOException {
    write("a.jsonl", List.of("one", "one"));
    Documents documents = Documents.open(session, List.of(hadoop("corpus")), RULES, 1);
    DocumentSelection selection =
        DocumentSelection.make(documents, dedup(Dedup.EXACT), hadoop("work"), hadoop("dropped"));
    Files.delete(directory.resolve("work/group-00000.bitmap"));
    assertThatThrownBy(() -> documents.selecting(selection).texts().collect())
        .hasMessageContaining("group-00000.bitmap");
  }
}
