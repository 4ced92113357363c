package org.kindling.spark.jobs;

import org.kindling.scaling.FitSettings;
import org.kindling.scaling.FlopsCount;
import org.kindling.scaling.ParameterCount;
import org.kindling.scaling.Unit;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of a fit, for the subcommands that fit. */
final class FitOptions {
  @Option(
      names = "--bootstrap",
      paramLabel = "N",
      description = "Resamples for 95%% intervals, 0 for none (default: 1000).")
  private int bootstrap = FitSettings.DEFAULTS.bootstrap();

  @Option(names = "--seed", paramLabel = "S", description = "Seed of the resamples (default: 1).")
  private long seed = FitSettings.DEFAULTS.seed();

  @Option(
      names = "--holdout-above",
      paramLabel = "FLOPS",
      description =
          "Check the law on runs above this many FLOPs, fitting only those below (default: the"
              + " largest of three or more budgets is held out).")
  private double holdoutAbove = FitSettings.DEFAULTS.holdoutAbove();

  @Option(
      names = "--family",
      paramLabel = "NAME",
      description = "Fit the runs of this family, where there are several.")
  private String family = FitSettings.DEFAULTS.family();

  @Option(names = "--non-embedding", description = "Count parameters without embeddings.")
  private boolean nonEmbedding;

  @Option(
      names = "--flops-by",
      paramLabel = "RULE",
      converter = FlopsRule.class,
      description =
          "How C is counted: recorded (the column flops, else 6ND; the default), 6nd, exact"
              + " (Hoffmann et al. 2022, appendix F) or kaplan (2N + 2*layers*context*width forward)."
              + " exact and kaplan need the columns layers, heads, width, context, vocabulary.")
  private FlopsCount flopsCount = FitSettings.DEFAULTS.flopsCount();

  @Option(
      names = "--token-unit",
      paramLabel = "UNIT",
      converter = UnitWord.class,
      description = "What the column tokens counts: one, thousand, million, billion, trillion.")
  private Unit tokenUnit = FitSettings.DEFAULTS.tokenUnit();

  @Option(
      names = "--parameter-unit",
      paramLabel = "UNIT",
      converter = UnitWord.class,
      description = "What the column parameters counts, likewise.")
  private Unit parameterUnit = FitSettings.DEFAULTS.parameterUnit();

  /** The rules by their names on the command line. */
  static final class FlopsRule implements ITypeConverter<FlopsCount> {
    @Override
    public FlopsCount convert(String word) {
      return switch (word) {
        case "recorded" -> FlopsCount.RECORDED;
        case "6nd" -> FlopsCount.SIX_ND;
        case "exact" -> FlopsCount.EXACT;
        case "kaplan" -> FlopsCount.KAPLAN;
        default ->
            throw new TypeConversionException(
                "found '" + word + "', expected recorded, 6nd, exact or kaplan");
      };
    }
  }

  /** The units by their names on the command line. */
  static final class UnitWord implements ITypeConverter<Unit> {
    @Override
    public Unit convert(String word) {
      for (Unit unit : Unit.values()) {
        if (unit != Unit.UNSTATED && unit.word().equals(word)) {
          return unit;
        }
      }
      throw new TypeConversionException(
          "found '" + word + "', expected one, thousand, million, billion or trillion");
    }
  }

  FitSettings settings() {
    return new FitSettings(
        bootstrap,
        seed,
        holdoutAbove,
        family,
        nonEmbedding ? ParameterCount.NON_EMBEDDING : ParameterCount.ALL,
        flopsCount,
        parameterUnit,
        tokenUnit);
  }
}
