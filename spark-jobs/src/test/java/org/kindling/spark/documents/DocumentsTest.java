package org.kindling.spark.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentsTest {
  private static SparkSession session;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    session =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  private List<String> read(String... inputs) throws IOException {
    DocumentRules rules = new DocumentRules(null, "text", "text", null, OnMalformed.FAIL);
    List<org.apache.hadoop.fs.Path> paths =
        Arrays.stream(inputs)
            .map(input -> new org.apache.hadoop.fs.Path(directory + "/" + input))
            .toList();
    return Documents.open(session, paths, rules, 2).texts().collect();
  }

  private void write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void inputsAreGlobsInTheOrderGiven() throws IOException {
    write("a/1.txt", "one");
    write("a/2.txt", "two");
    write("b/1.txt", "three");
    write("b/.hidden.txt", "hidden");
    write("b/c/4.txt", "four");
    write("odd[1].txt", "odd");
    assertThat(read("*/*.txt")).containsExactly("one", "two", "three");
    assertThat(read("b", "a/[2-9].txt")).containsExactly("three", "four", "two");
    assertThat(read("{b,a}/1.txt")).containsExactly("one", "three");
    assertThat(read("a/2.txt", "a")).containsExactly("two", "one");
    assertThat(read("odd[1].txt")).containsExactly("odd");
  }

  @Test
  void namesInputsThatAreNotThere() throws IOException {
    write("a/1.txt", "one");
    assertThatThrownBy(() -> read("a", "b/*.txt"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("b/*.txt: nothing matches this glob");
    assertThatThrownBy(() -> read("b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("b: no such file or directory");
    write("empty/1.txt", "");
    assertThatThrownBy(() -> read("a", "empty"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds only empty files");
  }
}
