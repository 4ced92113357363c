package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.optimizer.OuterSettings;

/** A run that goes on on a machine which computes otherwise. */
class OtherMachineTest {
  @TempDir Path directory;
  private TrainingFixture fixture;
  private RunDescription run;

  @BeforeEach
  void trainAndForgetTheEnd() throws IOException {
    fixture = new TrainingFixture(directory);
    run = fixture.describe(fixture.training(1, 4, 3, 12), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "run", false);
    fixture.storage().delete(new org.apache.hadoop.fs.Path(checkpoint(12).toUri()));
  }

  private Path checkpoint(int step) {
    return directory.resolve(String.format("run/checkpoints/step-%09d", step));
  }

  private void rewriteManifest(String from, String to) throws IOException {
    Path manifest = checkpoint(6).resolve("manifest.json");
    String text = Files.readString(manifest);
    assertThat(text).contains(from);
    Files.writeString(manifest, text.replace(from, to));
  }

  @Test
  void sameMachineIsNotMentioned() throws IOException {
    assertThat(fixture.runLocally(run, "run", true).messages)
        .containsExactly("going on from checkpoint step-000000006");
  }

  @Test
  void otherArithmeticIsWarnedOfWithBothNames() throws IOException {
    rewriteManifest("\"vector, ", "\"nd4j, ");
    assertThat(fixture.runLocally(run, "run", true).messages)
        .anySatisfy(
            message ->
                assertThat(message)
                    .startsWith("warning: step-000000006 was computed with nd4j, ")
                    .contains(", and this goes on with vector, "));
    assertThat(checkpoint(12)).as("the run goes on").exists();
  }

  @Test
  void checkpointThatDoesNotSayIsTakenAsItIs() throws IOException {
    rewriteManifest("\"arithmetic\"", "\"x\"");
    String text = Files.readString(checkpoint(6).resolve("manifest.json"));
    Files.writeString(
        checkpoint(6).resolve("manifest.json"), text.replaceAll("\"x\"\\s*:\\s*\"[^\"]*\",?", ""));
    assertThat(fixture.runLocally(run, "run", true).messages)
        .containsExactly("going on from checkpoint step-000000006");
  }
}
