package org.kindling.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;

/** Two GPUs that do not exist, as Workers of a {@link LocalCluster} discover them. */
public final class FakeGpus {
  private static final Path SCRIPT = Path.of("../cluster-config/gpu/discover-gpus.sh");

  private FakeGpus() {}

  /**
   * Has Workers run the script of cluster-config, with an nvidia-smi that lists two GPUs.
   *
   * @param directory for both
   */
  public static SparkConf on(SparkConf conf, Path directory) throws IOException {
    script(directory, "nvidia-smi", "printf '0\\n1\\n'");
    Path discovery =
        script(
            directory,
            "discover",
            "PATH=" + directory + ":$PATH exec " + SCRIPT.toAbsolutePath().normalize());
    return conf.set("spark.worker.resource.gpu.amount", "2")
        .set("spark.worker.resource.gpu.discoveryScript", discovery.toString());
  }

  private static Path script(Path directory, String name, String body) throws IOException {
    Path file = Files.writeString(directory.resolve(name), "#!/usr/bin/env bash\n" + body + "\n");
    if (!file.toFile().setExecutable(true)) {
      throw new IOException(file + ": cannot be made executable");
    }
    return file;
  }
}
