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
  private static final class Heard extends AbstractAppender {
    private final List<String> messages = new ArrayList<>();

    Heard() {
      super("heard", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      messages.add(event.getMessage().getFormattedMessage());
    }
  }

  @Test
  void saysOnceThatItUsesFp32Instead() {
    Heard heard = new Heard();
    heard.start();
    Logger log = (Logger) LogManager.getLogger(KernelChoice.class);
    Level before = log.getLevel();
    log.addAppender(heard);
    log.setLevel(Level.WARN);
    try {
      for (int i = 0; i < 2; i++) {
        try (Kernels kernels = KernelChoice.bf16(Optional.of("this abacus has no registers"))) {
          assertThat(kernels.name()).isEqualTo("vector");
          assertThat(kernels.precision()).isEqualTo(Precision.FP32);
        }
      }
    } finally {
      log.removeAppender(heard);
      log.setLevel(before);
    }
    assertThat(heard.messages)
        .containsExactly("precision bf16: this abacus has no registers; using fp32");
  }
}
