package org.kindling.trial;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.kindling.kernels.CudaDriver;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;

/**
 * What a section has to know.
 *
 * @param home of the repository
 * @param work directory for what sections write
 * @param text file to learn; null for the pages of the repository
 * @param python command that may have PyTorch
 */
record Setting(Device device, Sizes sizes, String home, String work, String text, String python) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "setting.json";

  void write() throws IOException {
    JSON.writeValue(file(work), this);
  }

  static Setting read(String work) throws IOException {
    return JSON.readValue(file(work), Setting.class);
  }

  private static java.io.File file(String work) {
    return Path.of(work, FILE).toFile();
  }

  Path inWork(String name) {
    return Path.of(work, name);
  }

  KernelsWanted wanted() {
    return new KernelsWanted("torch", device);
  }

  /** The card as its driver describes it; empty on the CPU. */
  Optional<CudaDriver.Card> card() {
    return device == Device.CUDA
        ? Optional.of(CudaDriver.ofThisProcess().cards().get(0))
        : Optional.empty();
  }

  /** What computes, in words. */
  String machine() {
    return card()
            .map(card -> card.name() + ", compute capability " + card.capability())
            .orElse("the CPU, " + Runtime.getRuntime().availableProcessors() + " cores")
        + (sizes == Sizes.SMALL ? "; small sizes" : "");
  }

  /** Whether the device has products in this precision; if not a row says so. */
  boolean has(Precision precision, String what, Rows rows) {
    try (Kernels kernels = Kernels.named(wanted(), precision)) {
      return true;
    } catch (IllegalArgumentException e) {
      rows.notRun(what, e.getMessage());
      return false;
    }
  }
}
