package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.kindling.exchange.Exchange;
import org.kindling.scale.ScaleTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling rounds predict}: what the model says of clusters nobody has measured. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = {
      "Predicts bytes and seconds of rounds for every combination of sizes, workers and links, an"
          + " executor for each worker, and recommends settings: those with the fewest local steps"
          + " for the share of training that is asked for."
    })
final class RoundsPredict implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private RoundsOptions options;

  @Option(
      names = "--parameters",
      required = true,
      split = ",",
      paramLabel = "N",
      converter = ModelSize.class,
      description = "Sizes of models, such as 100M,1B.")
  private List<Long> parameters;

  @Option(
      names = "--workers",
      required = true,
      split = ",",
      paramLabel = "N",
      description = "Numbers of workers and executors.")
  private List<Integer> workers;

  @Option(
      names = "--bandwidth",
      required = true,
      split = ",",
      paramLabel = "RATE",
      description = "Of an executor's link, such as 1gbit,10gbit.")
  private List<String> bandwidths;

  @Option(
      names = "--exchange",
      split = ",",
      paramLabel = "BITS",
      defaultValue = "fp32,bf16,int8,int4",
      description = "To choose from, those that are preferred first (default: ${DEFAULT-VALUE}).")
  private List<String> exchanges;

  @Option(
      names = "--overlap",
      paramLabel = "WHEN",
      defaultValue = "never",
      description = "Whether rounds overlap: never, always, or either (default: ${DEFAULT-VALUE}).")
  private String overlap;

  @Option(
      names = "--share",
      paramLabel = "S",
      defaultValue = "0.9",
      description = "Of training, that is wanted (default: ${DEFAULT-VALUE}).")
  private double share;

  @Option(
      names = "--local-steps",
      paramLabel = "H",
      defaultValue = "0",
      description = "Also tell the share of training with so many local steps.")
  private long localSteps;

  @Option(
      names = "--all",
      description = "Every choice of exchange and overlap, not the recommended one alone.")
  private boolean all;

  @Override
  public Integer call() throws IOException {
    if (!(share > 0) || share >= 1) {
      throw new IllegalArgumentException(
          "rounds predict: --share: expected a number between 0 and 1, found " + share);
    }
    List<Exchange> chosen = new ArrayList<>();
    exchanges.forEach(name -> chosen.add(Exchange.named(name)));
    ScaleTable table =
        new ScaleTable(
            parameters,
            workers,
            bandwidths,
            options.delay(),
            chosen,
            List.of(options.optimizer().split(",")),
            overlaps(),
            localSteps,
            share);
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        all
            ? table.all(options.compute(), options.coefficients())
            : table.recommended(options.compute(), options.coefficients()));
    out.flush();
    return 0;
  }

  private List<Boolean> overlaps() {
    return switch (overlap) {
      case "never" -> List.of(false);
      case "always" -> List.of(true);
      case "either" -> List.of(false, true);
      default ->
          throw new IllegalArgumentException(
              "rounds predict: --overlap: expected never, always or either, found '"
                  + overlap
                  + "'");
    };
  }
}
