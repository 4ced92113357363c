package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kindling.corpus.TestDatasets.STORAGE;
import static org.kindling.corpus.TestDatasets.hadoop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.tokenizer.SpecialTokens;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

class ShardWriterTest {
  @TempDir Path directory;

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void longDocumentsWaitInAFileAndGiveTheSameBytes() throws IOException {
    byte[] text = utf8("0123456789abcde\n".repeat(PendingTokens.MOST_HELD_BYTES / 16 / 2 + 5000));
    Tokenizer bytes = Tokenizers.load(STORAGE, "byte");
    Map<Split, DatasetManifest.Shard> shards;
    try (var writer =
        new ShardWriter(
            STORAGE, hadoop(directory), "long", bytes, SpecialTokens.REFUSE, new HashSplit(0))) {
      writer.add(utf8("before"));
      for (int from = 0; from < text.length; from += 1 << 20) {
        writer.append(text, from, Math.min(text.length, from + (1 << 20)));
      }
      assertThat(directory.toFile().list()).anyMatch(name -> name.contains("train.long"));
      writer.endDocument();
      writer.add(utf8("after"));
      shards = writer.commit();
    }
    assertThat(directory.toFile().list())
        .containsExactlyInAnyOrder("long-train.bin", "long-train.idx");
    DatasetManifest.Shard shard = shards.get(Split.TRAIN);
    assertThat(shard.documents()).isEqualTo(3);
    assertThat(shard.textBytes()).isEqualTo(text.length + 11);
    assertThat(shard.tokens()).isEqualTo(text.length + 11 + 3);
    byte[] bin = STORAGE.read(hadoop(directory.resolve("long-train.bin")));
    int start = 2 * 7;
    byte[] expected = new byte[2 * text.length];
    for (int i = 0; i < text.length; i++) {
      expected[2 * i] = text[i];
    }
    assertThat(Arrays.equals(bin, start, start + expected.length, expected, 0, expected.length))
        .isTrue();
  }

  @Test
  void forgottenDocumentsLeaveNoTrace() throws IOException {
    Tokenizer bytes = Tokenizers.load(STORAGE, "byte");
    try (var writer =
        new ShardWriter(
            STORAGE, hadoop(directory), "p", bytes, SpecialTokens.REFUSE, new TailSplit(0, 3))) {
      writer.append(utf8("malformed"), 0, 9);
      writer.forgetDocument();
      writer.append(utf8("ab"), 0, 2);
      writer.append(utf8("cd"), 0, 2);
      writer.endDocument();
      Map<Split, DatasetManifest.Shard> shards = writer.commit();
      assertThat(shards.get(Split.TRAIN).textBytes()).isEqualTo(3);
      assertThat(shards.get(Split.VALIDATION).textBytes()).isEqualTo(1);
    }
    assertThat(STORAGE.read(hadoop(directory.resolve("p-validation.bin"))))
        .containsExactly('d', 0, 0, 1);
  }
}
