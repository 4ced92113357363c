package org.kindling.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.kindling.kernels.SharedLibraries;

/**
 * Which build of libtorch this process has, where its libraries lie, and what of CUDA it lacks.
 * Files are looked for; nothing is loaded.
 *
 * @param jars of the builds on the class path
 * @param folder of a machine that has them unpacked; null if a jar has them
 * @param areForGpus whether the one build there is computes on GPUs
 * @param lacking libraries of CUDA that the build wants and this machine has not
 */
record Libraries(List<URL> jars, Path folder, boolean areForGpus, List<String> lacking) {
  /** A folder with the libraries, for nodes that should not unpack a gigabyte for each executor. */
  static final String FOLDER = "kindling.libtorch";

  /** The same as a variable, which Spark sets for executors without touching Java's own flags. */
  static final String VARIABLE = "KINDLING_LIBTORCH";

  private static final String ANY = "libtorch_cpu.so";
  private static final String OF_GPUS = "libtorch_cuda.so";
  private static final String GPU = "-gpu";

  /** Of CUDA 13, cuDNN 9 and NCCL 2; each after those that it needs. */
  static final List<String> OF_CUDA =
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

  private static final class Once {
    static final Libraries FOUND = find(folderOfThisProcess(), machine());
  }

  static Libraries ofThisProcess() {
    return Once.FOUND;
  }

  private static String folderOfThisProcess() {
    return folder(System.getProperty(FOLDER), System.getenv(VARIABLE));
  }

  /** The property before the variable; null if neither names one. */
  static String folder(String property, String variable) {
    String named = property == null ? variable : property;
    return named == null || named.isBlank() ? null : named;
  }

  /** The folder first, which may hold CUDA's libraries too. */
  static SharedLibraries machine() {
    String folder = folderOfThisProcess();
    SharedLibraries all = SharedLibraries.ofThisMachine();
    return folder == null ? all : all.after(Path.of(folder).toAbsolutePath());
  }

  static Libraries find(String folder, SharedLibraries machine) {
    List<URL> jars = new ArrayList<>(resources(""));
    List<URL> ofGpus = resources(GPU);
    jars.addAll(ofGpus);
    return find(folder, jars, machine);
  }

  /**
   * @param jars of the builds on the class path
   */
  static Libraries find(String folder, List<URL> jars, SharedLibraries machine) {
    Path absolute = folder == null ? null : Path.of(folder).toAbsolutePath().normalize();
    boolean gpus =
        absolute == null
            ? jars.stream().anyMatch(jar -> jar.getPath().contains(GPU + "/" + ANY))
            : Files.exists(absolute.resolve(OF_GPUS));
    return new Libraries(jars, absolute, gpus, lacking(gpus, machine));
  }

  private static List<String> lacking(boolean gpus, SharedLibraries machine) {
    return gpus
        ? OF_CUDA.stream().filter(name -> machine.find(name).isEmpty()).toList()
        : List.of();
  }

  private static List<URL> resources(String extension) {
    try {
      String name = resources(extension, ANY).substring(1);
      return Collections.list(torch.class.getClassLoader().getResources(name));
    } catch (IOException e) {
      throw new UncheckedIOException("torch kernels: cannot read the class path", e);
    }
  }

  private static String resources(String extension, String library) {
    return "/org/bytedeco/pytorch/" + Loader.getPlatform() + extension + "/" + library;
  }

  /** Where the one build on the class path has a library of its own. */
  String resource(String library) {
    return resources(areForGpus ? GPU : "", library);
  }

  /** Why these cannot be loaded, in one line; empty if they can. */
  Optional<String> obstacle() {
    if (jars.size() > 1) {
      return Optional.of(
          "'torch' has "
              + jars.size()
              + " builds of libtorch on the class path ("
              + jars.stream().map(Libraries::jar).collect(Collectors.joining(", "))
              + "), and two in a process abort it; leave all but one out");
    }
    if (folder != null && !jars.isEmpty()) {
      // JavaCPP would take the jar's libraries all the same.
      return Optional.of(
          "'torch' has libtorch in "
              + folder
              + " and on the class path ("
              + jar(jars.get(0))
              + "), and two in a process abort it; leave one out");
    }
    if (folder != null && !Files.exists(folder.resolve(ANY))) {
      return Optional.of(
          "'torch' finds no "
              + ANY
              + " in "
              + folder
              + ", which "
              + VARIABLE
              + " or -D"
              + FOLDER
              + " names; pack it with cluster-config/gpu/pack-libtorch");
    }
    if (folder == null && jars.isEmpty()) {
      return Optional.of(
          "'torch' needs libtorch for "
              + Loader.getPlatform()
              + " on the class path; see docs/libtorch.md, or use auto");
    }
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "'torch' was built for GPUs and lacks "
                + String.join(", ", lacking)
                + "; install the libraries of CUDA 13, cuDNN 9 and NCCL 2, or add their folder to"
                + " LD_LIBRARY_PATH; see docs/gpu.md");
  }

  private static String jar(URL resource) {
    String path = resource.getPath().split("!")[0];
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
