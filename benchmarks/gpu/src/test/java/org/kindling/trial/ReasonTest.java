package org.kindling.trial;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReasonTest {
  @Test
  void ofLibtorchIsWhatItSaysBeforeItsFrames() {
    String message =
        "CUDA out of memory. Tried to allocate\n 2.00 GiB.\nException raised from malloc at a.cpp:1\nframe #0: c10";
    assertThat(Reason.of(new RuntimeException(message)))
        .isEqualTo("java.lang.RuntimeException: CUDA out of memory. Tried to allocate 2.00 GiB.");
  }

  @Test
  void isNeverLong() {
    assertThat(Reason.of(new RuntimeException("x".repeat(5000)))).hasSize(301).endsWith("x…");
  }
}
