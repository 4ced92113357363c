package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** gpt2, cl100k_base and o200k_base beside jtokkit, the oracle. */
class EncodingsTest {
  enum Peer {
    GPT2("gpt2", EncodingType.R50K_BASE),
    CL100K("cl100k_base", EncodingType.CL100K_BASE),
    O200K("o200k_base", EncodingType.O200K_BASE);

    private final Tokenizer ours;
    private final Encoding oracle;

    Peer(String name, EncodingType type) {
      ours = Tokenizers.named(name).orElseThrow();
      oracle = Encodings.newLazyEncodingRegistry().getEncoding(type);
    }

    void check(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      TokenBuffer out = new TokenBuffer();
      int count = ours.encode(utf8, 0, utf8.length, out);
      int[] ids = out.toArray();
      assertThat(count).isEqualTo(ids.length);
      int[] expected = oracle.encodeOrdinary(text).toArray();
      if (!Arrays.equals(ids, expected)) {
        assertThat(ids).as("text %s", text).isEqualTo(expected);
      }
      assertThat(ours.decode(ids)).isEqualTo(utf8);
    }
  }

  @ParameterizedTest
  @EnumSource(Peer.class)
  void agreeOnRandomText(Peer peer) {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 20_000; i++) {
      peer.check(RandomText.next(random));
    }
  }

  @ParameterizedTest
  @EnumSource(Peer.class)
  void agreeOnThisProjectsSources(Peer peer) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(Path.of("src"))) {
      files = walk.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(100);
    for (Path file : files) {
      peer.check(Files.readString(file));
    }
  }

  @ParameterizedTest
  @EnumSource(Peer.class)
  void agreeOnLongPieces(Peer peer) {
    SplittableRandom random = new SplittableRandom(12);
    int[] lengths = {15, 16, 17, 63, 64, 65, 127, 128, 129, 1000, 16_384, 16_385, 33_000, 60_000};
    for (int length : lengths) {
      StringBuilder text = new StringBuilder();
      int letters = length % 7 == 0 ? 26 : length % 2 == 0 ? 2 : 4;
      for (int i = 0; i < length; i++) {
        text.append((char) ('a' + random.nextInt(letters)));
      }
      peer.check(text.toString());
      for (String unit : List.of("a", " ", "=", "\n", "ab", "the", "😀", "ACGT", "中")) {
        peer.check(unit.repeat(length / unit.length()));
      }
    }
  }
}
