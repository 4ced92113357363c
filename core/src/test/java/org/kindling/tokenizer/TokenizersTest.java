package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.Storage;

class TokenizersTest {
  private final Storage storage = Storage.standard();
  @TempDir Path directory;

  @Test
  void knowsTheEncodingsByName() throws IOException {
    assertThat(load("byte").vocabulary()).isEqualTo(257);
    assertThat(load("byte").endOfText()).hasValue(256);
    assertThat(load("gpt2").vocabulary()).isEqualTo(50257);
    assertThat(load("gpt2").endOfText()).hasValue(50256);
    assertThat(load("cl100k_base").vocabulary()).isEqualTo(100277);
    assertThat(load("cl100k_base").endOfText()).hasValue(100257);
    assertThat(load("o200k_base").vocabulary()).isEqualTo(200019);
    assertThat(load("o200k_base").endOfText()).hasValue(199999);
  }

  @Test
  void givesTheKnownIdsOfTheEncodings() throws IOException {
    String text = "First Citizen:\nBefore we proceed any further, hear me speak.";
    assertThat(load("gpt2").encode(text))
        .containsExactly(5962, 22307, 25, 198, 8421, 356, 5120, 597, 2252, 11, 3285, 502, 2740, 13);
    assertThat(load("cl100k_base").encode(text))
        .containsExactly(5451, 47317, 512, 10438, 584, 10570, 904, 4726, 11, 6865, 757, 6604, 13);
    assertThat(load("o200k_base").encode(text))
        .containsExactly(7127, 84479, 734, 13036, 581, 18988, 1062, 6544, 11, 9598, 668, 10591, 13);
    assertThat(load("byte").encode("Aé")).containsExactly(65, 0xC3, 0xA9);
  }

  @Test
  void readsWhatWasWrittenFromTheDirectoryOrTheFile() throws IOException {
    Tokenizer tokenizer = CharacterTokenizer.train(new CodePoints().add("abc\n"));
    Path file = directory.resolve("tokenizer.json");
    Files.writeString(file, tokenizer.toJson());
    assertThat(load(directory.toString()).hash()).isEqualTo(tokenizer.hash());
    assertThat(load(file.toString()).encode("cab")).containsExactly(3, 1, 2);
  }

  @Test
  void listsTheChoicesForAnUnknownName() {
    assertThatThrownBy(() -> load("gpt3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tokenizer gpt3: neither a known name nor an existing path; use byte, gpt2,"
                + " cl100k_base, o200k_base, or a directory or file that kindling tokenizer wrote");
    assertThatThrownBy(() -> load(" "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("use byte, gpt2");
  }

  @Test
  void saysThatCharactersNeedTraining() {
    assertThatThrownBy(() -> load("char"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("train one with kindling tokenizer --kind char");
  }

  @Test
  void namesADirectoryWithoutATokenizer() {
    assertThatThrownBy(() -> load(directory.toString()))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("holds no tokenizer.json");
  }

  @Test
  void namesTheFileThatCannotBeRead() throws IOException {
    Files.writeString(directory.resolve("tokenizer.json"), "{\"model\":\n{\"type\"");
    assertThatThrownBy(() -> load(directory.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(directory + "/tokenizer.json, line 2: not valid JSON");
  }

  private Tokenizer load(String name) throws IOException {
    return Tokenizers.load(storage, name);
  }
}
