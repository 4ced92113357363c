package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/** Spark closes a worker on another thread than those that computed with it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class Nd4jWorkspacesTest {
  private final ExecutorService other = Executors.newSingleThreadExecutor();

  @AfterEach
  void end() {
    other.shutdownNow();
  }

  private List<MemoryWorkspace> ofOtherThread() throws Exception {
    return other
        .submit(() -> Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread())
        .get()
        .stream()
        .filter(workspace -> workspace.getId().startsWith("kindling-kernels-"))
        .toList();
  }

  private static double square(Kernels kernels) {
    try (Tensor tensor = kernels.allocate(1 << 16)) {
      // The first pass learns the size, the second allocates it.
      return kernels.sumOfSquares(tensor) + kernels.sumOfSquares(tensor);
    }
  }

  @Test
  void closingFreesTheWorkspacesOfAllThreads() throws Exception {
    Kernels kernels = new Nd4jKernels();
    other.submit(() -> square(kernels)).get();
    square(kernels);
    List<MemoryWorkspace> workspaces = ofOtherThread();
    assertThat(workspaces).hasSize(1).allMatch(workspace -> workspace.getCurrentSize() > 0);
    kernels.close();
    assertThat(workspaces).allMatch(workspace -> workspace.getCurrentSize() == 0);
  }

  @Test
  void closingTwiceOrUnusedIsHarmless() {
    Kernels kernels = new Nd4jKernels();
    kernels.close();
    square(kernels);
    kernels.close();
    kernels.close();
    assertThat(square(kernels)).isZero();
    kernels.close();
  }

  @Test
  void kernelsSurviveThatTheThreadsWorkspacesWereDestroyed() {
    Kernels kernels = new Nd4jKernels();
    square(kernels);
    Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
    assertThat(square(kernels)).isZero();
    kernels.close();
  }
}
