package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.storage.Storage;
import picocli.CommandLine;

class KernelsOptionTest {
  private static final Storage STORAGE = Storage.standard();

  @TempDir Path directory;

  private static KernelsOption option(String... arguments) {
    KernelsOption option = new KernelsOption();
    new CommandLine(option).parseArgs(arguments);
    return option;
  }

  private org.apache.hadoop.fs.Path checkpoint(String settings) throws IOException {
    Path checkpoint = directory.resolve("run/checkpoints/step-000000004");
    Files.createDirectories(checkpoint);
    Files.writeString(directory.resolve("run/settings.yaml"), settings);
    return new org.apache.hadoop.fs.Path(checkpoint.toString());
  }

  private static String settings(String training) {
    return "run: runs/a\ndata: [{path: data/a}]\ntraining: {" + training + "}\n";
  }

  @Test
  void withoutTheOptionARunIsComputedWithWhatItWasTrainedWith() throws IOException {
    org.apache.hadoop.fs.Path checkpoint = checkpoint(settings("kernels: nd4j"));
    assertThat(option().wantedFor(STORAGE, checkpoint)).isEqualTo(new KernelsWanted("nd4j"));
    try (Kernels kernels = option().open(STORAGE, checkpoint)) {
      assertThat(kernels.name()).isEqualTo("nd4j");
    }
  }

  @Test
  void optionWinsOverTheSettings() throws IOException {
    org.apache.hadoop.fs.Path checkpoint = checkpoint(settings("kernels: nd4j"));
    assertThat(option("--kernels", "vector").wantedFor(STORAGE, checkpoint))
        .isEqualTo(new KernelsWanted("vector"));
  }

  @Test
  void deviceIsPartOfWhatIsWanted() throws IOException {
    org.apache.hadoop.fs.Path checkpoint = checkpoint(settings("kernels: nd4j"));
    assertThat(option("--device", "cpu").wantedFor(STORAGE, checkpoint))
        .isEqualTo(new KernelsWanted("nd4j", Device.CPU));
    assertThatThrownBy(() -> option("--device", "tpu").wantedFor(STORAGE, checkpoint))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--device: unknown device 'tpu'; use auto, cpu or cuda");
    assertThatThrownBy(
            () -> option("--kernels", "vector", "--device", "cuda").open(STORAGE, checkpoint))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--kernels vector on cuda, which is not to be had here (kernels: 'vector' computes on"
                + " CPUs; use torch or nd4j, or device auto); use another --kernels or"
                + " --device");
  }

  @Test
  void modelFromElsewhereIsComputedWithWhatIsBest() throws IOException {
    Path model = Files.createDirectories(directory.resolve("models/import"));
    Files.writeString(directory.resolve("settings.yaml"), "someone's: own");
    assertThat(option().wantedFor(STORAGE, new org.apache.hadoop.fs.Path(model.toString())))
        .isEqualTo(KernelsWanted.AUTO);
  }

  @Test
  void settingsThatCannotBeReadAreNamedWithTheWayAround() throws IOException {
    org.apache.hadoop.fs.Path checkpoint = checkpoint(settings("kernels: quick"));
    assertThatThrownBy(() -> option().wantedFor(STORAGE, checkpoint))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("settings.yaml")
        .hasMessageContaining("unknown kernels 'quick'")
        .hasMessageEndingWith("; or say with --kernels auto what is to compute");
    assertThat(option("--kernels", "auto").wantedFor(STORAGE, checkpoint))
        .isEqualTo(KernelsWanted.AUTO);
  }

  @Test
  void unknownKernelsAreRefusedWithTheChoices() throws IOException {
    org.apache.hadoop.fs.Path checkpoint = checkpoint(settings("kernels: nd4j"));
    assertThatThrownBy(() -> option("--kernels", "quick").wantedFor(STORAGE, checkpoint))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--kernels: unknown kernels 'quick'; use auto, vector, nd4j or torch");
  }

  /** Two lines of a Java that lacks the module: for the run's kernels, and for the option's. */
  @Test
  void kernelsThatAreNotHereAreNamedInOneLine() throws Exception {
    org.apache.hadoop.fs.Path checkpoint = checkpoint(settings("kernels: vector"));
    String missing =
        "which is not to be had here (kernels: 'vector' needs the module jdk.incubator.vector;"
            + " start Java with --add-modules jdk.incubator.vector); use --kernels auto";
    assertThat(withoutModule(checkpoint.toString()).lines())
        .anyMatch(line -> line.endsWith("step-000000004: was trained with vector, " + missing))
        .anyMatch(line -> line.equals("--kernels vector, " + missing));
  }

  private static String withoutModule(String checkpoint) throws Exception {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(
                java.toString(), "-cp", classPath, WithoutModule.class.getName(), checkpoint)
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out;
  }

  /** Tries to open vector kernels twice and prints why it cannot. */
  static final class WithoutModule {
    private WithoutModule() {}

    public static void main(String[] arguments) throws IOException {
      for (KernelsOption option : new KernelsOption[] {option(), option("--kernels", "vector")}) {
        try (Kernels kernels = option.open(STORAGE, new org.apache.hadoop.fs.Path(arguments[0]))) {
          System.out.println("opened " + kernels.name());
        } catch (IllegalArgumentException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }
}
