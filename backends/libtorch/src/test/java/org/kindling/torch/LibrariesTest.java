package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.SharedLibraries;

class LibrariesTest {
  @TempDir private Path directory;

  private void create(String... names) throws IOException {
    for (String name : names) {
      Files.createFile(directory.resolve(name));
    }
  }

  private Libraries ofFolder() {
    return Libraries.find(directory.toString(), new SharedLibraries(List.of(directory)));
  }

  @Test
  void buildOnTheClassPathOfTheseTestsIsWholeAndForCpus() {
    Libraries found = Libraries.find(null, new SharedLibraries(List.of()));
    assertThat(found.obstacle()).isEmpty();
    assertThat(found.areForGpus()).isFalse();
    assertThat(found.resource("libc10.so")).endsWith("/libc10.so").doesNotContain("-gpu");
  }

  @Test
  void folderStandsForAJar() throws IOException {
    create("libtorch_cpu.so");
    assertThat(ofFolder().obstacle()).isEmpty();
    assertThat(ofFolder().areForGpus()).isFalse();
  }

  @Test
  void emptyFolderIsNamed() {
    assertThat(ofFolder().obstacle())
        .contains(
            "'torch' finds no libtorch_cpu.so in "
                + directory.toAbsolutePath()
                + ", which kindling.libtorch names");
  }

  @Test
  void librariesOfCudaThatAreMissingAreNamed() throws IOException {
    create("libtorch_cpu.so", "libtorch_cuda.so");
    List<String> wanted = Libraries.OF_CUDA;
    create(wanted.subList(1, wanted.size() - 1).toArray(new String[0]));
    assertThat(ofFolder().areForGpus()).isTrue();
    assertThat(ofFolder().obstacle())
        .contains(
            "'torch' was built for GPUs and lacks libcudart.so.13, libcudnn.so.9; install the"
                + " libraries of CUDA 13, cuDNN 9 and NCCL 2, or add their folder to"
                + " LD_LIBRARY_PATH; see docs/gpu.md");
    create("libcudart.so.13", "libcudnn.so.9");
    assertThat(ofFolder().obstacle()).isEmpty();
  }

  @Test
  void twoBuildsAreNamedBeforeTheyAbortTheProcess() throws IOException {
    String inside = "!/org/bytedeco/pytorch/linux-x86_64/libtorch_cpu.so";
    List<URL> jars =
        List.of(
            new URL("jar:file:/jars/pytorch-linux-x86_64.jar" + inside),
            new URL("jar:file:/other/pytorch-linux-x86_64-gpu.jar" + inside));
    assertThat(new Libraries(jars, null, true, List.of()).obstacle())
        .contains(
            "'torch' has 2 builds of libtorch on the class path (pytorch-linux-x86_64.jar,"
                + " pytorch-linux-x86_64-gpu.jar), and two in a process abort it; leave all but one"
                + " out");
  }
}
