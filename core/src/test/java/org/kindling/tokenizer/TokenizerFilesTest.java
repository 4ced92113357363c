package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

class TokenizerFilesTest {
  @TempDir Path directory;
  private final Storage storage = Storage.standard();
  private final Tokenizer bytes = Tokenizers.named("byte").orElseThrow();

  @Test
  void writesWhatTransformersNeeds() throws IOException {
    write(new TokenizerFiles.Model(257, 64, OptionalInt.of(256), List.of(256)));
    assertThat(json("tokenizer_config.json"))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    "{\"tokenizer_class\":\"PreTrainedTokenizerFast\",\"model_max_length\":64,"
                        + "\"clean_up_tokenization_spaces\":false,"
                        + "\"bos_token\":\"<|endoftext|>\",\"eos_token\":\"<|endoftext|>\"}"));
    assertThat(json("generation_config.json").toString())
        .isEqualTo("{\"bos_token_id\":256,\"eos_token_id\":256}");
    assertThat(Files.readString(directory.resolve("tokenizer.json"))).isEqualTo(bytes.toJson());
  }

  @Test
  void theTokenizerCanBeLoadedFromThere() throws IOException {
    write(new TokenizerFiles.Model(300, 64, OptionalInt.empty(), List.of()));
    assertThat(Tokenizers.load(storage, directory.toString()).hash()).isEqualTo(bytes.hash());
  }

  @Test
  void leavesOutWhatThereIsNot() throws IOException {
    write(new TokenizerFiles.Model(257, 64, OptionalInt.empty(), List.of()));
    assertThat(json("tokenizer_config.json").has("eos_token")).isFalse();
    assertThat(json("tokenizer_config.json").has("bos_token")).isFalse();
    assertThat(json("generation_config.json")).isEmpty();
  }

  @Test
  void makesNoSpecialTokenOfAnOrdinaryOne() throws IOException {
    write(new TokenizerFiles.Model(257, 64, OptionalInt.empty(), List.of(10, 256)));
    assertThat(json("tokenizer_config.json").has("eos_token")).isFalse();
    assertThat(json("generation_config.json").toString()).isEqualTo("{\"eos_token_id\":[10,256]}");
  }

  @Test
  void givesTheChecksumOfEachFile() throws IOException {
    Map<String, FileChecksum> written =
        write(new TokenizerFiles.Model(257, 64, OptionalInt.empty(), List.of(256)));
    assertThat(written)
        .containsOnlyKeys("tokenizer.json", "tokenizer_config.json", "generation_config.json");
    for (Map.Entry<String, FileChecksum> file : written.entrySet()) {
      storage.verify(
          new org.apache.hadoop.fs.Path(directory.toUri().toString(), file.getKey()),
          file.getValue());
    }
  }

  @Test
  void refusesATokenizerThatIsLargerThanTheModel() {
    assertThatThrownBy(
            () -> write(new TokenizerFiles.Model(256, 64, OptionalInt.empty(), List.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tokenizer: found 257 entries, expected at most the model's 256; use the tokenizer"
                + " that the model was trained with");
    assertThat(directory).isEmptyDirectory();
  }

  private Map<String, FileChecksum> write(TokenizerFiles.Model model) throws IOException {
    return TokenizerFiles.write(
        storage, new org.apache.hadoop.fs.Path(directory.toUri()), bytes, model);
  }

  private JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(directory.resolve(name).toFile());
  }
}
