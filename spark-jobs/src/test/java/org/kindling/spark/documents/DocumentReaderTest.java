package org.kindling.spark.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

class DocumentReaderTest {
  private static final Storage STORAGE = Storage.standard();
  private static final DocumentRules PLAIN = rules(null, OnMalformed.FAIL);
  private static final DocumentRules SEPARATED = rules("<|endoftext|>", OnMalformed.FAIL);

  @TempDir Path directory;

  private static DocumentRules rules(String separator, OnMalformed onMalformed) {
    return new DocumentRules(null, "text", "text", separator, onMalformed);
  }

  private void write(String name, String content) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    OutputStream out = Files.newOutputStream(file);
    try (OutputStream compressed =
        name.endsWith(".gz")
            ? new GZIPOutputStream(out)
            : name.endsWith(".zst")
                ? new ZstdOutputStream(out)
                : name.endsWith(".bz2") ? Bzip2Files.compressor(out, 1) : out) {
      compressed.write(content.getBytes(StandardCharsets.UTF_8));
    }
  }

  private List<DocumentGroup> groups(DocumentRules rules, int number) throws IOException {
    var root = new org.apache.hadoop.fs.Path(directory.toUri());
    return DocumentGroup.cut(STORAGE.filesBelow(root), rules, number);
  }

  private List<String> read(DocumentRules rules, int number) throws IOException {
    List<String> texts = new ArrayList<>();
    for (DocumentGroup group : groups(rules, number)) {
      try (DocumentReader reader = new DocumentReader(STORAGE, group, rules)) {
        for (String text = reader.next(); text != null; text = reader.next()) {
          texts.add(text);
        }
      }
    }
    return texts;
  }

  private void assertRefused(DocumentRules rules, Class<?> type, String... parts) {
    assertThatThrownBy(() -> read(rules, 1)).isInstanceOf(type).hasMessageContainingAll(parts);
  }

  @Test
  void readsFilesInOrderOfTheirPaths() throws IOException {
    write("b.txt", "second\r\n");
    write("a/z.txt", "first\n");
    write("c.text.gz", "third");
    write("d.zst", "fourth");
    write("e.jsonl", "{\"id\": 1, \"text\": \"fifth\"}\n\n{\"text\": \"sixth\\n\\u00e9\"}");
    write("f.ndjson.gz", "\ufeff{\"text\": \"seventh\", \"more\": {\"text\": \"no\"}}\n");
    write("g.txt", "");
    write("_SUCCESS", "hidden");
    write(".git/x.txt", "hidden");
    write("_logs/x.txt", "hidden");
    List<String> expected =
        List.of("first\n", "second\r\n", "third", "fourth", "fifth", "sixth\n\u00e9", "seventh");
    for (int number = 1; number < 9; number++) {
      assertThat(read(PLAIN, number)).isEqualTo(expected);
    }
  }

  @Test
  void everyTextFormatAndCompressionGivesTheSame() throws IOException {
    for (String compression : new String[] {"", ".gz", ".bz2", ".zst"}) {
      write("a.txt" + compression, "one\n\u00e9\n<|endoftext|>\ntwo");
      write("b.jsonl" + compression, "{\"text\": \"one\\n\u00e9\"}\n{\"text\": \"two\"}\n");
      assertThat(read(SEPARATED, 3))
          .as("files" + compression)
          .containsExactly("one\n\u00e9", "two", "one\n\u00e9", "two");
      Files.delete(directory.resolve("a.txt" + compression));
      Files.delete(directory.resolve("b.jsonl" + compression));
    }
  }

  @Test
  void namesABzip2FileThatWasCutBetweenBlocks() throws IOException {
    write("a.txt.bz2", "text");
    Path file = directory.resolve("a.txt.bz2");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 11));
    assertRefused(
        PLAIN, CorruptFileException.class, "a.txt.bz2, byte ", "does not end as bzip2 files do");
    byte[] flipped = whole.clone();
    flipped[20] ^= 4;
    Files.write(file, flipped);
    assertRefused(PLAIN, CorruptFileException.class, "a.txt.bz2, byte ");
  }

  @Test
  void concatenatedCompressedFilesAreReadToTheEnd() throws IOException {
    for (String compression : new String[] {".gz", ".bz2", ".zst"}) {
      write("a.txt" + compression, "first ");
      Path file = directory.resolve("a.txt" + compression);
      byte[] first = Files.readAllBytes(file);
      write("a.txt" + compression, "second");
      byte[] second = Files.readAllBytes(file);
      byte[] both = Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, both, first.length, second.length);
      Files.write(file, both);
      assertThat(read(PLAIN, 1)).as(compression).containsExactly("first second");
      Files.delete(file);
    }
  }

  @Test
  void separatorLinesStandBetweenDocuments() throws IOException {
    String text =
        "one\ntwo\n<|endoftext|>\n<|endoftext|>\n\nthree <|endoftext|>\r\n<|endoftext|>\r\nfour\n";
    write("a.txt", text);
    write("b.txt.gz", text);
    write("c.txt.bz2", text);
    List<String> once = List.of("one\ntwo", "\nthree <|endoftext|>", "four");
    List<String> twice = new ArrayList<>(once);
    twice.addAll(once);
    twice.addAll(once);
    assertThat(read(SEPARATED, 1)).isEqualTo(twice);
  }

  @Test
  void cuttingAFileAnywhereGivesTheSameDocuments() throws IOException {
    Random random = new Random(5);
    StringBuilder separated = new StringBuilder();
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      String text = "\u00e9" + i + "x".repeat(random.nextInt(30)) + "\nmore";
      separated.append(text).append(i % 7 == 0 ? "\r\n" : "\n").append("<|endoftext|>\n");
      json.append("{\"text\": \"json ").append(text.replace("\n", "\\n")).append("\"}\n");
    }
    write("a.txt", separated.toString());
    write("b.jsonl", json.toString());
    List<String> whole = read(SEPARATED, 1);
    assertThat(whole).hasSize(120).doesNotHaveDuplicates().isNotEmpty();
    for (int number = 2; number < 400; number += 7) {
      assertThat(read(SEPARATED, number)).as(number + " groups").isEqualTo(whole);
    }
  }

  @Test
  void cuttingABzip2FileAnywhereGivesTheSameDocuments() throws IOException {
    // Random letters compress badly: several blocks of 100 kB, the smallest there are.
    Random random = new Random(6);
    StringBuilder separated = new StringBuilder();
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < 700; i++) {
      String text =
          i
              + random
                  .ints(random.nextInt(1200), 'a', 'z')
                  .collect(
                      StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                  .toString();
      separated.append(text).append("\n<|endoftext|>\n");
      json.append("{\"text\": \"json ").append(text).append("\"}\n");
    }
    write("a.txt.bz2", separated.toString());
    write("b.jsonl.bz2", json.toString());
    List<String> whole = read(SEPARATED, 1);
    assertThat(whole).hasSize(1400).doesNotHaveDuplicates();
    for (int number : new int[] {2, 7, 31, 200}) {
      assertThat(read(SEPARATED, number)).as(number + " groups").isEqualTo(whole);
    }
    assertThat(groups(SEPARATED, 31)).hasSize(31);
  }

  @Test
  void longDocumentsComeInPiecesAndAreForgottenWhenMalformed() throws IOException {
    String text = "\u00e9\u4e2d\ud83d\ude00x".repeat(40_000);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Files.write(directory.resolve("a.txt"), bytes);
    byte[] bad = bytes.clone();
    bad[bad.length - 2] = (byte) 0xff;
    Files.write(directory.resolve("b.txt"), bad);
    DocumentRules skip = rules(null, OnMalformed.SKIP);
    try (DocumentReader reader = new DocumentReader(STORAGE, groups(skip, 1).get(0), skip)) {
      assertThat(reader.nextDocument()).isTrue();
      StringBuilder found = new StringBuilder();
      byte[] piece = new byte[1001];
      for (int n = reader.read(piece, 0, 1001); n > 0; n = reader.read(piece, 0, 1001)) {
        found.append(new String(piece, 0, n, StandardCharsets.UTF_8));
      }
      assertThat(found).hasToString(text);
      assertThat(reader.nextDocument()).isTrue();
      assertThat(reader.ordinal()).isEqualTo(1);
      assertThatThrownBy(
              () -> {
                while (reader.read(piece, 0, 1001) > 0) {
                  // up to the bad byte
                }
              })
          .isInstanceOf(MalformedDocumentException.class)
          .hasMessageContaining("b.txt, byte " + (bad.length - 5));
      assertThat(reader.nextDocument()).isFalse();
      assertThat(reader.skipped()).isEqualTo(1);
    }
  }

  @Test
  void composesCharactersAcrossPieces() throws IOException {
    String text = "e\u0301\u1100\u1161\u11a8a\u0323\u0307 plain ".repeat(20_000);
    write("a.txt", text);
    DocumentRules nfc =
        new DocumentRules(null, "text", "text", null, OnMalformed.FAIL, Normalization.NFC);
    assertThat(read(nfc, 1))
        .containsExactly(java.text.Normalizer.normalize(text, java.text.Normalizer.Form.NFC));
    assertThat(read(PLAIN, 1)).containsExactly(text);
  }

  @Test
  void groupsAreOfEqualSizeAndCoverEveryByteOnce() throws IOException {
    for (int i = 0; i < 20; i++) {
      write(String.format("%02d.jsonl", i), "x".repeat(50 * i));
    }
    List<DocumentGroup> groups = groups(PLAIN, 10);
    assertThat(groups).hasSize(10);
    assertThat(groups)
        .allSatisfy(
            group ->
                assertThat(group.parts().stream().mapToLong(p -> p.to() - p.from()).sum())
                    .isEqualTo(950));
    assertThat(groups.get(3).number()).isEqualTo(3);
    assertThat(DocumentGroup.usualNumber(1)).isEqualTo(1);
    assertThat(DocumentGroup.usualNumber(31_000_000)).isEqualTo(4);
    assertThat(DocumentGroup.usualNumber(10L << 30)).isEqualTo(1024);
    assertThat(DocumentGroup.usualNumber(1L << 50)).isEqualTo(1 << 22);
  }

  @Test
  void namesTheByteThatIsNotUtf8() throws IOException {
    Path file = directory.resolve("a.txt");
    Files.write(file, new byte[] {'o', 'k', '\n', (byte) 0xe9, 'x'});
    assertRefused(
        PLAIN, CorruptFileException.class, "a.txt, byte 3: expected UTF-8 text, found 0xe9");
    assertRefused(SEPARATED, CorruptFileException.class, "a.txt, byte 3: ");
    assertThat(read(rules(null, OnMalformed.SKIP), 1)).isEmpty();
    assertThat(read(rules(null, OnMalformed.REPLACE), 1)).containsExactly("ok\n\ufffdx");
    Files.write(file, new byte[] {0x1f, (byte) 0x8b, 8});
    assertRefused(PLAIN, CorruptFileException.class, "a.txt, byte 1", "name it .gz");
  }

  @Test
  void countsWhatItSkips() throws IOException {
    write(
        "a.jsonl", "{\"text\": \"one\"}\n{\"text\": 2}\nnonsense\n[]\n{\"text\": \"\\ud800\"}\n{}");
    DocumentRules skip = rules(null, OnMalformed.SKIP);
    try (DocumentReader reader = new DocumentReader(STORAGE, groups(skip, 1).get(0), skip)) {
      assertThat(reader.next()).isEqualTo("one");
      assertThat(reader.where()).endsWith("a.jsonl, line 1, byte 0");
      assertThat(reader.next()).isNull();
      assertThat(reader.skipped()).isEqualTo(5);
    }
  }

  @Test
  void namesMalformedRecords() throws IOException {
    write("a.jsonl", "{\"text\": \"one\"}\n{\"body\": \"x\", \"id\": 7}\n");
    assertRefused(
        PLAIN,
        IllegalArgumentException.class,
        "a.jsonl, line 2, byte 16: expected a field text, found body, id; name the field with --text-field");
    write("a.jsonl", "{\"text\": null}");
    assertRefused(PLAIN, CorruptFileException.class, "byte 0: expected a string in field text");
    write("a.jsonl", "{\"text\": \"x\"} {}");
    assertRefused(PLAIN, CorruptFileException.class, "expected one JSON object a line");
    write("a.jsonl", "{\"text\": \"x");
    assertRefused(PLAIN, CorruptFileException.class, "byte 0: is no JSON object");
    write("a.jsonl", "{\"text\": \"a\\udc00\"}");
    assertRefused(PLAIN, CorruptFileException.class, "half a surrogate pair (\\udc00)");
    assertThat(read(rules(null, OnMalformed.REPLACE), 1)).containsExactly("a\ufffd");
    write("a.jsonl", "{}");
    assertRefused(
        rules(null, OnMalformed.REPLACE), IllegalArgumentException.class, "field text, found none");
  }

  @Test
  void namesDamagedCompression() throws IOException {
    Random random = new Random(1);
    String text =
        random
            .ints(5000, 'a', 'z')
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    for (String name : new String[] {"a.txt.gz", "a.txt.bz2", "a.txt.zst"}) {
      write(name, text);
      Path file = directory.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(whole, whole.length / 2));
      assertRefused(
          PLAIN,
          CorruptFileException.class,
          name + ", byte ",
          "cannot be decompressed",
          "truncated");
      Files.write(file, "plain".getBytes(StandardCharsets.UTF_8));
      assertRefused(PLAIN, CorruptFileException.class, name + ", byte ", "cannot be decompressed");
      Files.delete(file);
    }
  }

  @Test
  void namesWhatIsNoParquetFile() throws IOException {
    write("a.parquet", "certainly not");
    assertRefused(PLAIN, CorruptFileException.class, "a.parquet, byte 5: expected a Parquet file");
  }

  @Test
  void refusesSeparatorsOfSeveralLines() {
    assertThatThrownBy(() -> rules("a\nb", OnMalformed.FAIL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--document-separator: found several lines");
    assertThatThrownBy(() -> rules("", OnMalformed.FAIL))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
