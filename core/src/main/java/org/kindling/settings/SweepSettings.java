package org.kindling.settings;

import java.util.List;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.corpus.DataSource;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.training.TrainingSettings;

/**
 * The settings of a sweep, as {@code sweep --config} reads them: compute budgets and model shapes,
 * and what all runs share.
 *
 * <pre>{@code
 * runs: runs/first
 * data: [{path: data/code}]
 * budgets: [1e12, 3e12, 9e12]
 * models: [{layers: 2, heads: 2, width: 32}, {layers: 3, heads: 4, width: 64}]
 * training: {batch: 8}
 * }</pre>
 *
 * @param runs directory that receives one directory a run
 * @param data datasets, at least one
 * @param budgets FLOPs per run, counted as 6 · parameters · tokens
 * @param tokensPerParameter the ratio around which model sizes are chosen for a budget
 * @param modelsPerBudget how many shapes to train at each budget; 0 trains every one
 * @param models shapes to choose from
 * @param referenceWidth width at which {@code optimizer.learningRate} holds; other widths scale it
 *     with (referenceWidth / width) to the power {@code learningRateExponent}; 0 does not scale
 * @param learningRateExponent see {@code referenceWidth}
 * @param warmupFraction share of each run's steps that warm up; replaces optimizer.warmupSteps
 * @param parallel runs at the same time; 0 as many as there are cores for their workers
 * @param checkpointsPerRun evenly spaced checkpoints of each run, the last one at its end; all are
 *     kept, so that evaluation can follow a run's loss
 * @param model what the shapes leave open: family, context, tied
 * @param training steps are computed from the budget and ignored here
 */
public record SweepSettings(
    String runs,
    List<DataSource> data,
    List<Double> budgets,
    double tokensPerParameter,
    int modelsPerBudget,
    List<Shape> models,
    int referenceWidth,
    double learningRateExponent,
    double warmupFraction,
    int parallel,
    int checkpointsPerRun,
    ModelSettings model,
    TrainingSettings training,
    OptimizerSettings optimizer,
    OuterSettings outer,
    EvaluationSettings evaluation) {

  /** A model's size. */
  public record Shape(int layers, int heads, int width) {}

  private static final SweepSettings DEFAULTS =
      new SweepSettings(
          "",
          List.of(),
          List.of(),
          20,
          4,
          List.of(),
          0,
          0.5,
          0.05,
          0,
          4,
          ModelSettings.DEFAULTS,
          TrainingSettings.DEFAULTS,
          OptimizerSettings.DEFAULTS,
          OuterSettings.DEFAULTS,
          EvaluationSettings.DEFAULTS);

  public SweepSettings {
    runs = runs == null ? "" : runs;
    data = data == null ? List.of() : List.copyOf(data);
    budgets = budgets == null ? List.of() : List.copyOf(budgets);
    models = models == null ? List.of() : List.copyOf(models);
    for (double budget : budgets) {
      require("budgets", budget, budget > 0, "FLOPs above 0");
    }
    require("tokensPerParameter", tokensPerParameter, tokensPerParameter > 0, "above 0");
    require("modelsPerBudget", modelsPerBudget, modelsPerBudget >= 0, "at least 0");
    require("referenceWidth", referenceWidth, referenceWidth >= 0, "at least 0");
    require(
        "warmupFraction",
        warmupFraction,
        warmupFraction >= 0 && warmupFraction < 1,
        "at least 0 and below 1");
    require("parallel", parallel, parallel >= 0, "at least 0");
    require("checkpointsPerRun", checkpointsPerRun, checkpointsPerRun >= 1, "at least 1");
  }

  private static void require(String key, double found, boolean valid, String expected) {
    if (!valid) {
      throw new IllegalArgumentException(key + ": expected " + expected + ", found " + found);
    }
  }

  /**
   * Settings of which nothing is given yet: no data, budgets or shapes, the defaults of all else.
   */
  static SweepSettings defaults() {
    return DEFAULTS;
  }

  /**
   * @param source name of the file, for messages
   * @param overrides {@code key=value} pairs that win over the file
   * @throws IllegalArgumentException naming the key at fault
   */
  public static SweepSettings read(String source, String yaml, List<String> overrides) {
    SweepSettings settings =
        SettingsReader.read(DEFAULTS, SweepSettings.class, source, yaml, overrides);
    requireGiven(source, "runs", settings.runs.isBlank(), "runs: runs/first");
    DataSource.requireMixture(source, settings.data);
    requireGiven(source, "budgets", settings.budgets.isEmpty(), "budgets: [1e12, 3e12]");
    requireGiven(
        source, "models", settings.models.isEmpty(), "models: [{layers: 2, heads: 2, width: 32}]");
    return settings;
  }

  private static void requireGiven(String source, String key, boolean missing, String example) {
    if (missing) {
      throw new IllegalArgumentException(
          source + ", " + key + ": missing or not as expected; e.g. " + example);
    }
  }

  /** The model of a shape. */
  public ModelSettings model(Shape shape) {
    return model.withShape(shape.layers(), shape.heads(), shape.width());
  }

  /** Settings of one run of the sweep. */
  public RunSettings run(String name, Shape shape, long steps) {
    double scale =
        referenceWidth == 0
            ? 1
            : Math.pow((double) referenceWidth / shape.width(), learningRateExponent);
    long rounds = (steps + training.localSteps() - 1) / training.localSteps();
    int roundsPerCheckpoint =
        (int) Math.max(1, (rounds + checkpointsPerRun - 1) / checkpointsPerRun);
    return new RunSettings(
        runs + "/" + name,
        data,
        model(shape),
        new TrainingSettings(
            training.workers(),
            training.batch(),
            training.accumulate(),
            training.localSteps(),
            steps,
            training.seed(),
            training.precision(),
            training.kernels(),
            training.averaging()),
        new OptimizerSettings(
            optimizer.learningRate() * scale,
            optimizer.minimumLearningRate() * scale,
            optimizer.schedule(),
            (int) Math.round(warmupFraction * steps),
            optimizer.decayFraction(),
            optimizer.beta1(),
            optimizer.beta2(),
            optimizer.epsilon(),
            optimizer.weightDecay(),
            optimizer.clipNorm()),
        outer,
        new CheckpointSettings(roundsPerCheckpoint, checkpointsPerRun, 0),
        evaluation);
  }
}
