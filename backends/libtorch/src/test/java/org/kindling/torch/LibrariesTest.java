package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.SharedLibraries;

class LibrariesTest {
  private static final Path PACK = Path.of("../../cluster-config/gpu/pack-libtorch");

  @TempDir private Path directory;

  private Libraries in(Path folder, URL... jars) {
    return Libraries.find(
        folder.toString(), List.of(jars), new SharedLibraries(List.of(directory)));
  }

  private void touch(String... names) throws IOException {
    for (String name : names) {
      Files.writeString(directory.resolve(name), "no library");
    }
  }

  private static URL jar(String platform) throws MalformedURLException {
    return new URL(
        "jar:file:/jars/pytorch-"
            + platform
            + ".jar!/org/bytedeco/pytorch/"
            + platform
            + "/libtorch_cpu.so");
  }

  @Test
  void buildOnTheClassPathOfTheseTestsIsWhole() {
    Libraries found = Libraries.find(null, SharedLibraries.ofThisMachine());
    assertThat(found.jars()).hasSize(1);
    assertThat(found.resource("libc10.so"))
        .startsWith("/org/bytedeco/pytorch/")
        .endsWith("/libc10.so");
  }

  @Test
  void propertyOfJavaWinsOverTheVariable() {
    assertThat(Libraries.folder("/a", "/b")).isEqualTo("/a");
    assertThat(Libraries.folder(null, "/b")).isEqualTo("/b");
    assertThat(Libraries.folder(null, " ")).isNull();
    assertThat(Libraries.folder(null, null)).isNull();
  }

  @Test
  void folderSaysWhatItsBuildIsFor() throws IOException {
    touch("libtorch_cpu.so");
    assertThat(in(directory).areForGpus()).isFalse();
    assertThat(in(directory).obstacle()).isEmpty();
    touch("libtorch_cuda.so");
    assertThat(in(directory).areForGpus()).isTrue();
    assertThat(in(directory).obstacle().orElseThrow())
        .startsWith("'torch' was built for GPUs and lacks libcudart.so.13, libcupti.so.13,")
        .doesNotContain("\n");
  }

  @Test
  void folderMayHoldTheLibrariesOfCuda() throws IOException {
    touch("libtorch_cpu.so", "libtorch_cuda.so");
    touch(Libraries.OF_CUDA.toArray(String[]::new));
    assertThat(in(directory).obstacle()).isEmpty();
  }

  @Test
  void folderWithoutLibtorchIsNamed() {
    assertThat(in(directory.resolve("none")).obstacle().orElseThrow())
        .contains("finds no libtorch_cpu.so in " + directory.resolve("none"))
        .contains("KINDLING_LIBTORCH", "pack-libtorch");
  }

  @Test
  void relativeFolderIsTakenFromTheWorkingDirectory() {
    Libraries libraries = in(Path.of("./libtorch"));
    assertThat(libraries.folder()).isEqualTo(Path.of("libtorch").toAbsolutePath());
  }

  @Test
  void folderBesideAJarIsRefused() throws IOException {
    touch("libtorch_cpu.so");
    assertThat(in(directory, jar("linux-x86_64")).obstacle().orElseThrow())
        .contains("libtorch in " + directory)
        .contains("pytorch-linux-x86_64.jar", "leave one out");
  }

  @Test
  void twoBuildsOnTheClassPathAreNamed() throws IOException {
    Libraries both =
        Libraries.find(
            null,
            List.of(jar("linux-x86_64"), jar("linux-x86_64-gpu")),
            new SharedLibraries(List.of(directory)));
    assertThat(both.areForGpus()).isTrue();
    assertThat(both.obstacle().orElseThrow())
        .contains("2 builds", "pytorch-linux-x86_64.jar, pytorch-linux-x86_64-gpu.jar");
  }

  /** A library that the script does not know would be missing on every node. */
  @Test
  void whatIsPackedIsWhatIsLoaded() throws IOException {
    String script = Files.readString(PACK);
    int begin = script.indexOf("needed=(") + "needed=(".length();
    List<String> packed =
        Arrays.asList(script.substring(begin, script.indexOf(')', begin)).strip().split("\\s+"));
    assertThat(packed).containsExactlyElementsOf(Libraries.OF_CUDA);
  }
}
