package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.exchange.Exchange;
import org.kindling.scale.Network;
import org.kindling.scale.RoundShape;
import org.kindling.scale.Simulation;
import org.kindling.scale.SimulationResult;
import org.kindling.scale.VirtualCluster;
import org.kindling.storage.Storage;
import org.kindling.training.TrainingSettings;
import org.kindling.training.WorkersAt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling rounds simulate}: runs of the real driver with executors that do not exist. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = {
      "Plays whole runs by the real driver's code with virtual executors: slow ones, ones that are"
          + " lost, newcomers that gather the whole state.",
      "Prints a line for each number of workers. The same seed gives the same line, but for the"
          + " planner's own milliseconds."
    })
final class RoundsSimulate implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private RoundsOptions options;

  @Option(
      names = "--parameters",
      required = true,
      paramLabel = "N",
      converter = ModelSize.class,
      description = "Size of the model, such as 100M.")
  private long parameters;

  @Option(
      names = "--workers",
      required = true,
      split = ",",
      paramLabel = "N",
      description = "Numbers of workers and executors, a run each.")
  private List<Integer> workers;

  @Option(
      names = "--bandwidth",
      required = true,
      paramLabel = "RATE",
      description = "Of an executor's link, such as 10gbit.")
  private String bandwidth;

  @Option(
      names = "--exchange",
      paramLabel = "BITS",
      defaultValue = "int8",
      description = "fp32, bf16, int8 or int4 (default: ${DEFAULT-VALUE}).")
  private String exchange;

  @Option(names = "--overlap", description = "Rounds overlap.")
  private boolean overlap;

  @Option(names = "--local-steps", required = true, paramLabel = "H", description = "Of a round.")
  private int localSteps;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "100",
      description = "Of a run (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "10",
      description = "Rounds between checkpoints (default: ${DEFAULT-VALUE}).")
  private int checkpointEvery;

  @Option(
      names = "--workers-at",
      split = ",",
      paramLabel = "STEP:N",
      description = "Other numbers of workers from some steps on.")
  private List<String> workersAt = List.of();

  @Option(
      names = "--quorum",
      paramLabel = "SHARE",
      defaultValue = "1",
      description =
          "Part of the workers that have to be done before a round may go without the others"
              + " (default: all).")
  private double quorum;

  @Option(
      names = "--grace-seconds",
      paramLabel = "S",
      defaultValue = "0",
      description = "That the others have from then on (default: ${DEFAULT-VALUE}).")
  private double graceSeconds;

  @Option(
      names = "--spread",
      paramLabel = "S",
      defaultValue = "0.05",
      description =
          "Of executors' speeds, standard deviation of the logarithm (default: ${DEFAULT-VALUE}).")
  private double spread;

  @Option(
      names = "--stragglers",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "Part of the executors that are slower still (default: ${DEFAULT-VALUE}).")
  private double stragglers;

  @Option(
      names = "--slowdown",
      paramLabel = "K",
      defaultValue = "3",
      description = "How many times slower those are (default: ${DEFAULT-VALUE}).")
  private double slowdown;

  @Option(
      names = "--mean-hours",
      paramLabel = "H",
      defaultValue = "0",
      description = "That an executor lives, in the mean; 0 for ever (default: ${DEFAULT-VALUE}).")
  private double meanHours;

  @Option(
      names = "--replace-seconds",
      paramLabel = "S",
      defaultValue = "60",
      description =
          "From the loss of an executor until another takes its place (default: ${DEFAULT-VALUE}).")
  private double replaceSeconds;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of all that is drawn (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() throws IOException {
    require(quorum > 0 && quorum <= 1, "--quorum: expected a part, above 0 and at most 1");
    require(meanHours >= 0, "--mean-hours: expected 0 or more");
    require(rounds >= 1, "--rounds: expected at least 1");
    require(localSteps >= 1, "--local-steps: expected at least 1");
    PrintWriter out = spec.commandLine().getOut();
    out.print(SimulationResult.HEADER);
    for (int count : workers) {
      out.print(simulate(count).row(count));
      out.flush();
    }
    return 0;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("rounds simulate: " + what);
    }
  }

  private SimulationResult simulate(int count) throws IOException {
    RoundShape shape =
        new RoundShape(
            parameters, count, count, Exchange.named(exchange), options.optimizer(), overlap);
    VirtualCluster cluster =
        new VirtualCluster(
            Network.of(bandwidth, options.delay()),
            options.coefficients(),
            options.compute().stepSeconds(parameters),
            spread,
            stragglers,
            slowdown,
            meanHours == 0 ? 0 : 1 / meanHours,
            replaceSeconds,
            seed);
    java.nio.file.Path directory = Files.createTempDirectory("kindling-simulated");
    Storage storage = Storage.standard();
    try {
      return new Simulation(shape, training(count), checkpointEvery, cluster)
          .run(storage, new Path(directory.toUri()));
    } finally {
      storage.delete(new Path(directory.toUri()));
    }
  }

  private TrainingSettings training(int count) {
    long steps = (long) rounds * localSteps;
    int least = quorum == 1 ? 0 : Math.max(1, (int) Math.ceil(quorum * count));
    return new TrainingSettings(count, 1, 1, localSteps, steps, seed, "fp32", "auto")
        .withWorkersAt(schedule())
        .withQuorum(least, graceSeconds);
  }

  private List<WorkersAt> schedule() {
    List<WorkersAt> schedule = new ArrayList<>();
    for (String entry : workersAt) {
      String[] parts = entry.split(":");
      try {
        schedule.add(new WorkersAt(Long.parseLong(parts[0]), Integer.parseInt(parts[1])));
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new IllegalArgumentException(
            "rounds simulate: --workers-at: expected STEP:N such as 100:32, found '" + entry + "'",
            e);
      }
    }
    return schedule;
  }
}
