package org.kindling.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.apache.spark.util.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the script on a jar of made-up libraries, and unpacks its archive as Spark does. */
class PackLibtorchTest {
  private static final Path SCRIPT = Path.of("gpu/pack-libtorch").toAbsolutePath();
  private static final String GPU = "linux-x86_64-gpu";

  private static final List<String> CUDA =
      List.of(
          "libcudart.so.13",
          "libcupti.so.13",
          "libnvJitLink.so.13",
          "libcublasLt.so.13",
          "libcublas.so.13",
          "libcufft.so.12",
          "libcurand.so.10",
          "libcusparse.so.12",
          "libcusolver.so.12",
          "libcufile.so.0",
          "libnccl.so.2",
          "libcudnn.so.9");

  @TempDir private Path directory;

  private record Result(int status, String out, String err) {}

  private Path jar(String platform, String... libraries) throws IOException {
    Path file = directory.resolve("pytorch-1-" + platform + ".jar");
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out)) {
      for (String library : libraries) {
        jar.putNextEntry(new JarEntry("org/bytedeco/pytorch/" + platform + "/" + library));
        jar.write(library.getBytes(StandardCharsets.UTF_8));
      }
    }
    return file;
  }

  private Path cuda(String name, List<String> libraries) throws IOException {
    Path cuda = Files.createDirectories(directory.resolve(name));
    for (String library : libraries) {
      // As packages do: the name that is looked for is a link to the file of a version.
      Path version = Files.writeString(cuda.resolve(library + ".9.9"), library);
      Files.createSymbolicLink(cuda.resolve(library), version.getFileName());
    }
    return cuda;
  }

  private Result pack(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(List.of(arguments));
    Path out = directory.resolve("stdout");
    Path err = directory.resolve("stderr");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private Result pack(Path jar, String... more) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("--jar", jar.toString()));
    arguments.addAll(List.of("--output", directory.resolve("packed").toString()));
    arguments.addAll(List.of(more));
    return pack(arguments.toArray(String[]::new));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).map(f -> f.getFileName().toString()).toList();
    }
  }

  @Test
  void archiveIsAFlatFolderOfLibtorchAndCudaAfterSparkUnpackedIt() throws Exception {
    List<String> some = new ArrayList<>(CUDA.subList(0, 6));
    some.add("libcudnn_ops.so.9");
    Path first = cuda("first", some);
    Path second = cuda("second", CUDA.subList(6, CUDA.size()));
    Path jar = jar(GPU, "libtorch_cpu.so", "libtorch_cuda.so", "libgomp.so.1", "Readme.txt");
    Result packed = pack(jar, "--cuda", first.toString(), "--cuda", second.toString());
    assertThat(packed.status()).as(packed.err()).isZero();
    Path archive = directory.resolve("packed/libtorch-" + GPU + ".tar.gz");
    assertThat(packed.out())
        .contains("--archives " + archive + "#libtorch")
        .contains("spark.executorEnv.KINDLING_LIBTORCH=./libtorch");

    Path unpacked = directory.resolve("libtorch");
    Utils.unpack(archive.toFile(), unpacked.toFile());
    List<String> expected =
        new ArrayList<>(List.of("libtorch_cpu.so", "libtorch_cuda.so", "libgomp.so.1"));
    expected.addAll(CUDA);
    expected.add("libcudnn_ops.so.9");
    assertThat(names(unpacked)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(unpacked.resolve("libcufft.so.12")).hasContent("libcufft.so.12");
    assertThat(names(directory.resolve("packed/libtorch-" + GPU)))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void sameLibrariesGiveTheSameArchive() throws Exception {
    Path jar = jar("linux-x86_64", "libtorch_cpu.so", "libtorch.so");
    Path archive = directory.resolve("packed/libtorch-linux-x86_64.tar.gz");
    assertThat(pack(jar).status()).isZero();
    byte[] first = Files.readAllBytes(archive);
    assertThat(pack(jar).status()).isZero();
    assertThat(Files.readAllBytes(archive)).isEqualTo(first);
  }

  @Test
  void whatCudaLacksIsNamed() throws Exception {
    Path cuda = cuda("cuda", CUDA.subList(2, CUDA.size()));
    Result packed = pack(jar(GPU, "libtorch_cpu.so"), "--cuda", cuda.toString());
    assertThat(packed.status()).isEqualTo(1);
    assertThat(packed.err().strip())
        .startsWith("pack-libtorch: " + cuda + ": lacks libcudart.so.13, libcupti.so.13; install")
        .doesNotContain("\n");
  }

  @Test
  void jarWithoutLibtorchIsRefused() throws Exception {
    Result packed = pack(jar("linux-x86_64", "libother.so"));
    assertThat(packed.status()).isEqualTo(1);
    assertThat(packed.err()).contains("expected one org/bytedeco/pytorch/PLATFORM/libtorch_cpu.so");
  }

  @Test
  void wrongUseIsOneLineAndExitStatusTwo() throws Exception {
    String jar = jar("linux-x86_64", "libtorch_cpu.so").toString();
    for (String[] wrong :
        new String[][] {
          {"--jar"},
          {"--jar", directory.resolve("none.jar").toString()},
          {"--cuda", directory.resolve("none").toString()},
          {"--jar", jar, "--output", directory.toString(), "--cuda", directory.toString()},
          {"--fast"}
        }) {
      Result result = pack(wrong);
      assertThat(result.status()).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(result.err().strip()).startsWith("pack-libtorch: ").doesNotContain("\n");
    }
  }
}
