package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.corpus.Mixture;
import org.kindling.corpus.SampleSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.MemoryShortageException;
import org.kindling.kernels.OffHeapMemory;

/** A worker that cannot be made leaves nothing behind. */
class WorkerClosingTest {
  @TempDir Path directory;
  private RunDescription run;
  private Mixture mixture;
  private int closed;

  @BeforeEach
  void describe() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    run = fixture.describe(fixture.training(1, 2, 2, 4), TrainingFixture.PLAIN);
    mixture = Mixture.open(fixture.storage(), run.data());
  }

  /** Vector kernels that note that they are closed. */
  private Kernels kernels(long availableBytes) {
    Kernels real = Kernels.named("vector");
    return (Kernels)
        Proxy.newProxyInstance(
            Kernels.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("availableBytes")) {
                return availableBytes;
              }
              closed += method.getName().equals("close") ? 1 : 0;
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void kernelsAreClosedWhenThereIsTooLittleMemory() {
    assertThatThrownBy(
            () -> Worker.open(run, mixture, UnaryOperator.identity(), () -> kernels(1000)))
        .isInstanceOf(MemoryShortageException.class);
    assertThat(closed).isEqualTo(1);
  }

  @Test
  void modelAndKernelsAreClosedWhenSamplesCannotBeOpened() {
    long before = OffHeapMemory.heldBytes();
    UnaryOperator<SampleSource> broken =
        samples -> {
          throw new IllegalStateException("no samples");
        };
    assertThatThrownBy(() -> Worker.open(run, mixture, broken, () -> kernels(1L << 40)))
        .hasMessage("no samples");
    assertThat(closed).isEqualTo(1);
    assertThat(OffHeapMemory.heldBytes()).isEqualTo(before);
  }
}
