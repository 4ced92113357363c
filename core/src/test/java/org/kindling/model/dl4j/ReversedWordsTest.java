package org.kindling.model.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

/** The example of docs/dl4j.md: it stands there as it is here, and does what it says. */
class ReversedWordsTest {
  @Test
  void standsInTheDocument() throws IOException {
    Path file = Path.of("src/test/java/org/kindling/model/dl4j/ReversedWords.java");
    String source = Files.readString(file);
    assertThat(Files.readString(Path.of("../docs/dl4j.md")))
        .contains("```java\n" + source + "```\n");
  }

  @Test
  void learnsToSpeakBackwards() {
    Nd4j.getRandom().setSeed(1);
    MultiLayerNetwork network = ReversedWords.network();
    double before = network.score(ReversedWords.examples(32));
    for (int step = 0; step < 200; step++) {
      network.fit(ReversedWords.examples(32));
    }
    assertThat(before).isGreaterThan(5);
    assertThat(network.score(ReversedWords.examples(32))).isLessThan(0.1);
  }
}
