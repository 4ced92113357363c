package org.kindling.spark.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.kindling.kernels.CudaDriver;
import org.kindling.kernels.Finding;
import org.kindling.kernels.GpuReport;
import org.kindling.kernels.MachineReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling doctor}: what this machine can compute with. Needs no Spark session. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Says what this machine has to compute with, what it means, and what is missing.",
      "With --gpu the exit status is 1 if no GPU can be used."
    })
public final class DoctorJob implements Callable<Integer> {
  private final Supplier<CudaDriver> driver;

  @Spec private CommandSpec spec;

  @Option(
      names = "--gpu",
      description = "Look at NVIDIA's driver, the GPUs, cuDNN and what kernels can use.")
  private boolean gpu;

  @Option(names = "--json", description = "Print JSON instead of lines.")
  private boolean json;

  public DoctorJob() {
    this(CudaDriver::probe);
  }

  /**
   * @param driver what NVIDIA's driver says
   */
  DoctorJob(Supplier<CudaDriver> driver) {
    this.driver = driver;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    return gpu ? gpus(GpuReport.of(driver.get())) : machine();
  }

  private int gpus(GpuReport report) throws JsonProcessingException {
    print(report.findings());
    return report.usable() ? 0 : 1;
  }

  private int machine() throws JsonProcessingException {
    List<Finding> findings = new ArrayList<>(MachineReport.findings());
    findings.add(
        new Finding(
            "Spark",
            org.apache.spark.package$.MODULE$.SPARK_VERSION(),
            "a cluster has to run the same version"));
    findings.addAll(GpuReport.of(driver.get()).ofKernels());
    print(findings);
    return 0;
  }

  private void print(List<Finding> findings) throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().writeValueAsString(Map.of("findings", rows(findings))));
    } else {
      findings.forEach(out::println);
    }
    out.flush();
  }

  private static List<Map<String, String>> rows(List<Finding> findings) {
    List<Map<String, String>> rows = new ArrayList<>();
    for (Finding finding : findings) {
      Map<String, String> row = new LinkedHashMap<>();
      row.put("name", finding.name());
      row.put("found", finding.found());
      row.put("meaning", finding.meaning());
      rows.add(row);
    }
    return rows;
  }
}
