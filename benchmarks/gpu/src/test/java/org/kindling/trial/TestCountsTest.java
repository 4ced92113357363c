package org.kindling.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class TestCountsTest {
  @TempDir private Path directory;

  /** Not run by the build, which passes over classes within others. */
  static class Samples {
    @Test
    void passes() {}

    @Test
    void fails() {
      throw new AssertionError("expected 1\nfound 2");
    }

    @Test
    void wantsAnotherCard() {
      throw new IllegalArgumentException(
          "precision bf16: GPU 0, Tesla T4 has compute capability 7.5, and bfloat16 needs 8.0");
    }
  }

  static class PassingSamples {
    @Test
    void passes() {}
  }

  private List<Row> run(Class<?> tests) throws Exception {
    Rows rows = new Rows(directory.resolve("rows"), "tests");
    TestCounts counts = new TestCounts("a card", rows);
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests)).build(),
            counts);
    assertThat(rows.read()).last().extracting(Row::result).asString().contains("so far");
    counts.finish();
    return rows.read();
  }

  @Test
  void namesWhatFailedWithItsReasonInOneLine() throws Exception {
    List<Row> rows = run(Samples.class);
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).what()).endsWith("fails()");
    assertThat(rows.get(0).result()).isEqualTo("java.lang.AssertionError: expected 1 found 2");
    assertThat(rows.get(1).result()).isEqualTo("2 run, 1 failed, 1 skipped; a card");
    assertThat(rows).extracting(Row::outcome).containsOnly(Outcome.FAILED);
  }

  @Test
  void allThatPassPass() throws Exception {
    List<Row> rows = run(PassingSamples.class);
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).outcome()).isEqualTo(Outcome.PASSED);
    assertThat(rows.get(0).result()).isEqualTo("1 run, 0 failed; a card");
  }

  @Test
  void noTestAtAllIsAFailure() throws Exception {
    Rows rows = new Rows(directory.resolve("rows"), "tests");
    new TestCounts("a card", rows).finish();
    assertThat(rows.read().get(0).outcome()).isEqualTo(Outcome.FAILED);
  }
}
