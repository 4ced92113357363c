package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

class IndexedTokensTest {
  private static final Storage STORAGE = Storage.standard();

  @TempDir Path directory;

  @BeforeEach
  void writeGoldenShard() throws IOException {
    write(directory, "golden", TokenType.U16, new int[] {1, 2, 3}, new int[] {4, 5});
  }

  private static IndexedTokensWriter.Files write(
      Path directory, String name, TokenType type, int[]... documents) throws IOException {
    var target = new org.apache.hadoop.fs.Path(directory.toUri());
    try (var writer = new IndexedTokensWriter(STORAGE, target, name, type)) {
      for (int[] document : documents) {
        writer.append(document, document.length);
      }
      return writer.commit();
    }
  }

  private IndexedTokens open(String name) throws IOException {
    return IndexedTokens.open(STORAGE, new org.apache.hadoop.fs.Path(directory.toUri()), name);
  }

  @Test
  void writesTheBytesOfMegatron() throws IOException {
    assertThat(Files.readAllBytes(directory.resolve("golden.bin")))
        .isEqualTo(HexFormat.of().parseHex("01000200030004000500"));
    try (InputStream golden = getClass().getResourceAsStream("/golden/two-documents-u16.idx.hex")) {
      String hex = new String(golden.readAllBytes()).replaceAll("\\s", "");
      assertThat(Files.readAllBytes(directory.resolve("golden.idx")))
          .hasSize(82)
          .isEqualTo(HexFormat.of().parseHex(hex));
    }
  }

  @Test
  void leavesNothingBesideTheTwoFiles() {
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("golden.bin", "golden.idx");
  }

  @Test
  void leavesNothingWithoutCommit() throws IOException {
    var target = new org.apache.hadoop.fs.Path(directory.toUri());
    try (var writer = new IndexedTokensWriter(STORAGE, target, "lost", TokenType.I32)) {
      writer.append(new int[] {7}, 1);
      for (int i = 0; i < LengthLog.BUFFERED; i++) {
        writer.append(new int[] {i}, 1);
      }
    }
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("golden.bin", "golden.idx");
  }

  @Test
  void reportsChecksumsOfWhatIsOnDisk() throws IOException {
    IndexedTokensWriter.Files files = write(directory, "again", TokenType.I32, new int[] {70000});
    for (String suffix : new String[] {".bin", ".idx"}) {
      FileChecksum expected = suffix.equals(".bin") ? files.bin() : files.idx();
      Path file = directory.resolve("again" + suffix);
      assertThat(STORAGE.checksum(new org.apache.hadoop.fs.Path(file.toUri()))).isEqualTo(expected);
    }
  }

  @Test
  void moreDocumentsThanMemoryHoldsMakeTheSameIndex() throws IOException {
    int documents = 2 * LengthLog.BUFFERED + 17;
    var target = new org.apache.hadoop.fs.Path(directory.toUri());
    try (var writer = new IndexedTokensWriter(STORAGE, target, "many", TokenType.U16)) {
      for (int i = 0; i < documents; i++) {
        writer.append(new int[] {i % 60000, 1, 2}, 1 + i % 3);
      }
      writer.commit();
    }
    IndexedTokens shard = open("many");
    shard.check();
    assertThat(shard.documents()).isEqualTo(documents);
    assertThat(shard.document(LengthLog.BUFFERED + 1))
        .hasSize(1 + (LengthLog.BUFFERED + 1) % 3)
        .startsWith((LengthLog.BUFFERED + 1) % 60000);
    assertThat(directory.toFile().list()).hasSize(4);
  }

  @Test
  void refusesShardsWithoutDocumentsAndDocumentsWithoutTokens() throws IOException {
    assertThatThrownBy(() -> write(directory, "none", TokenType.U16))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at least one document");
    assertThatThrownBy(() -> write(directory, "empty", TokenType.U16, new int[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(directory.toFile().list()).hasSize(2);
  }

  @Property(tries = 30)
  void readsBackWhatWasWritten(
      @ForAll @IntRange(min = 1, max = 40) int documents,
      @ForAll @IntRange(min = 1, max = 40000) int longest,
      @ForAll long seed,
      @ForAll boolean small)
      throws IOException {
    Random random = new Random(seed);
    int bound = small ? 65500 : Integer.MAX_VALUE;
    int[][] written = new int[documents][];
    for (int i = 0; i < documents; i++) {
      written[i] = random.ints(1 + random.nextInt(longest), 0, bound).toArray();
    }
    Path temporary = Files.createTempDirectory("shard");
    var target = new org.apache.hadoop.fs.Path(temporary.toUri());
    TokenType type = TokenType.forVocabulary(bound - 1);
    write(temporary, "s", type, written);
    IndexedTokens shard = IndexedTokens.open(STORAGE, target, "s");
    shard.check();
    assertThat(shard.type()).isEqualTo(small ? TokenType.U16 : TokenType.I32);
    assertThat(shard.documents()).isEqualTo(documents);
    for (int i = 0; i < documents; i++) {
      assertThat(shard.document(i)).isEqualTo(written[i]);
    }
    STORAGE.delete(target);
  }

  @Test
  void readsEveryWholeNumberTypeOfMegatron() throws IOException {
    for (TokenType type : TokenType.values()) {
      ByteBuffer bin = ByteBuffer.allocate(5 * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
      for (int token = 1; token <= 5; token++) {
        switch (type.bytes()) {
          case 1 -> bin.put((byte) token);
          case 2 -> bin.putShort((short) token);
          case 4 -> bin.putInt(token);
          default -> bin.putLong(token);
        }
      }
      Files.write(directory.resolve("golden.bin"), bin.array());
      damage(
          ".idx",
          bytes -> {
            bytes[17] = (byte) type.code();
            bytes[50] = (byte) (3 * type.bytes());
            return bytes;
          });
      IndexedTokens shard = open("golden");
      shard.check();
      assertThat(shard.document(1)).as(type.label()).containsExactly(4, 5);
    }
  }

  private void damage(String suffix, UnaryOperator<byte[]> change) throws IOException {
    Path file = directory.resolve("golden" + suffix);
    Files.write(file, change.apply(Files.readAllBytes(file)));
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> open("golden").check())
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void namesGzippedFiles() throws IOException {
    Path idx = directory.resolve("golden.idx");
    byte[] plain = Files.readAllBytes(idx);
    try (var out = new GZIPOutputStream(Files.newOutputStream(idx))) {
      out.write(plain);
    }
    assertRefused("golden.idx, byte 0: expected magic MMIDIDX, found 1f8b08", "gzipped");
  }

  @Test
  void namesSwappedFiles() throws IOException {
    byte[] idx = Files.readAllBytes(directory.resolve("golden.idx"));
    Files.move(
        directory.resolve("golden.bin"),
        directory.resolve("golden.idx"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.write(directory.resolve("golden.bin"), idx);
    assertRefused("golden.idx, byte 0", "swapped");
  }

  @Test
  void refusesAnIndexCutAnywhere() throws IOException {
    byte[] whole = Files.readAllBytes(directory.resolve("golden.idx"));
    for (int length = 0; length < whole.length; length++) {
      Files.write(directory.resolve("golden.idx"), Arrays.copyOf(whole, length));
      assertRefused("golden.idx, byte ");
    }
  }

  @Test
  void refusesAnIndexWithAnyBitFlippedOrDescribesTheSameTokens() throws IOException {
    byte[] whole = Files.readAllBytes(directory.resolve("golden.idx"));
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(directory.resolve("golden.idx"), flipped);
      if (bit / 8 == 17 && TokenType.ofCode(flipped[17]).map(TokenType::bytes).orElse(0) == 2) {
        continue; // i16 for u16: only the manifest's checksum tells
      }
      if (bit / 8 == 66 && flipped[66] <= 2) {
        continue; // another cut between the same sequences: only the checksum tells
      }
      assertThatThrownBy(() -> open("golden").check())
          .as("bit " + bit)
          .isInstanceOf(CorruptFileException.class);
    }
  }

  @Test
  void namesTruncatedAndForeignTokens() throws IOException {
    damage(".bin", bytes -> Arrays.copyOf(bytes, 8));
    assertRefused("golden.bin, byte 8: expected 10 bytes by its index, found 8", "truncated");
    damage(".bin", bytes -> Arrays.copyOf(bytes, 12));
    assertRefused("golden.bin, byte 10", "do not belong together");
  }

  @Test
  void namesUnknownTypesAndVersions() throws IOException {
    damage(".idx", bytes -> with(bytes, 17, 7));
    assertRefused("golden.idx, byte 17: expected a token type of 1 to 5 or 8", "found 7");
    damage(".idx", bytes -> with(bytes, 9, 2));
    assertRefused("golden.idx, byte 9: expected version 1, found 2");
  }

  private static byte[] with(byte[] bytes, int at, int value) {
    bytes[at] = (byte) value;
    return bytes;
  }

  @Test
  void choosesTheTypeAsMegatronDoes() {
    assertThat(TokenType.forVocabulary(65499)).isEqualTo(TokenType.U16);
    assertThat(TokenType.forVocabulary(65500)).isEqualTo(TokenType.I32);
  }
}
