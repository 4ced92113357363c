package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoundsJobTest {
  private static final String[] PREDICT = {
    "rounds", "predict", "--parameters", "100M", "--workers", "64", "--tokens-per-step", "16384"
  };

  private static CommandRun predict(String... more) {
    String[] all = java.util.Arrays.copyOf(PREDICT, PREDICT.length + more.length);
    System.arraycopy(more, 0, all, PREDICT.length, more.length);
    return CommandRun.of(all);
  }

  @Test
  void predictsALineForEachLink() {
    CommandRun run = predict("--flops-per-second", "1e14", "--bandwidth", "1gbit,10gbit");
    assertThat(run.status()).isZero();
    assertThat(run.out().lines()).hasSize(4);
    assertThat(run.out()).contains("| 100 M | 64 | 1gbit |", "| 100 M | 64 | 10gbit |");
  }

  @Test
  void refusesALinkWithoutUnit() {
    CommandRun run = predict("--flops-per-second", "1e14", "--bandwidth", "10");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("bandwidth: expected a number and kbit, mbit or gbit");
  }

  @Test
  void simulatesWithWorkersThatChange() {
    CommandRun run =
        CommandRun.of(
            "rounds",
            "simulate",
            "--parameters",
            "1M",
            "--workers",
            "8",
            "--bandwidth",
            "1gbit",
            "--tokens-per-second",
            "1000",
            "--tokens-per-step",
            "100",
            "--local-steps",
            "5",
            "--rounds",
            "4",
            "--workers-at",
            "10:16",
            "--spread",
            "0");
    assertThat(run.status()).isZero();
    assertThat(run.out()).contains("| 8 | 4 |");
  }

  @Test
  void saysWhatIsMissing() {
    assertThat(CommandRun.of("rounds").err()).contains("use one of fit, predict, simulate");
  }
}
