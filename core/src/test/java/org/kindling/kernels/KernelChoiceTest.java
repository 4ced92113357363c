package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {
  private static final class Recorder extends AbstractAppender {
    private final List<String> messages = new ArrayList<>();

    Recorder() {
      super("recorder", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      messages.add(event.getMessage().getFormattedMessage());
    }
  }

  @Test
  void saysOnceThatItUsesFp32Instead() {
    Recorder recorder = new Recorder();
    recorder.start();
    Logger log = (Logger) LogManager.getLogger(VectorProvider.class);
    Level before = log.getLevel();
    log.addAppender(recorder);
    log.setLevel(Level.WARN);
    try {
      for (int i = 0; i < 2; i++) {
        try (Kernels kernels = VectorProvider.bf16(Optional.of("this abacus has no registers"))) {
          assertThat(kernels.name()).isEqualTo("vector");
          assertThat(kernels.precision()).isEqualTo(Precision.FP32);
        }
      }
    } finally {
      log.removeAppender(recorder);
      log.setLevel(before);
    }
    assertThat(recorder.messages)
        .containsExactly("precision bf16: this abacus has no registers; using fp32");
  }
}
