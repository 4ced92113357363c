package org.kindling.trial;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;

/**
 * The tests that hold kernels to the oracle in double precision: all of {@code backends/libtorch},
 * and of {@code core} those that its build runs with these kernels too.
 */
final class KernelTests implements Work {
  /** In the test jar of {@code backends/libtorch}. */
  private static final String OF_LIBTORCH = "org.kindling.torch.TorchKernelsTest";

  private static final List<String> OF_CORE =
      List.of(
          "org.kindling.kernels.AttentionKernelsTest",
          "org.kindling.kernels.EmbeddingKernelsTest",
          "org.kindling.kernels.HeadKernelsTest",
          "org.kindling.kernels.KernelsTest",
          "org.kindling.kernels.MlpKernelsTest",
          "org.kindling.kernels.NormKernelsTest",
          "org.kindling.model.transformer.TransformerKernelsTest");

  /**
   * The sections curve and memory do the same with larger models; the files of the build are no
   * matter of kernels.
   */
  private static final String CHOSEN =
      "(?!.*(TorchMemoryTest|TorchTrainingCurveTest|LibrariesTest)).*Test";

  /** Of tests that say what a build for CPUs does. */
  private static final String OF_CPU = "cpu";

  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    System.setProperty("kindling.test.kernels", "torch");
    TestCounts counts = new TestCounts(device(setting), rows);
    LauncherFactory.create().execute(request(setting.device()), counts);
    counts.finish();
  }

  /** Of the kernels that the tests take. */
  private static String device(Setting setting) {
    try (Kernels kernels = Kernels.named("torch")) {
      if (kernels.onGpu() != (setting.device() == Device.CUDA)) {
        throw new IllegalStateException(
            "the tests would compute by " + kernels.arithmetic() + ", not on " + setting.device());
      }
      return kernels.arithmetic().toString();
    }
  }

  private static LauncherDiscoveryRequest request(Device device) throws Exception {
    LauncherDiscoveryRequestBuilder request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClasspathRoots(Set.of(rootOf(Class.forName(OF_LIBTORCH)))))
            .filters(includeClassNamePatterns(CHOSEN));
    OF_CORE.forEach(name -> request.selectors(selectClass(name)));
    if (device == Device.CUDA) {
      request.filters(TagFilter.excludeTags(OF_CPU));
    }
    return request.build();
  }

  private static Path rootOf(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
