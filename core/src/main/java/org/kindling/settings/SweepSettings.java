package org.kindling.settings;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.corpus.DataSettings;
import org.kindling.corpus.DataSource;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.training.TrainingSettings;

/**
 * The settings of a sweep, as {@code sweep --config} reads them: compute budgets or a list of runs,
 * and what all runs share.
 *
 * <pre>{@code
 * runs: runs/first
 * data: [{path: data/code}]
 * budgets: [1e12, 3e12, 9e12]
 * models: [{layers: 2, heads: 2, width: 32}, {layers: 3, heads: 4, width: 64}]
 * training: {microBatch: 8}
 * }</pre>
 *
 * @param runs directory that receives one directory a run
 * @param data datasets, at least one, and what to make of their documents
 * @param budgets FLOPs per run, counted as 6 · parameters · tokens
 * @param tokensPerParameter the ratio around which model sizes are chosen for a budget
 * @param modelsPerBudget how many shapes to train at each budget; 0 trains every one of models
 * @param sizeRatio between neighbouring sizes of a budget where {@link ShapeTable} gives the shapes
 * @param models shapes to choose from; none for {@link ShapeTable}
 * @param list runs by size and tokens, besides those of the budgets or without any
 * @param referenceWidth width at which {@code optimizer.learningRate} holds; other widths scale it
 *     with (referenceWidth / width) to the power {@code learningRateExponent}; 0 does not scale
 * @param learningRateExponent see {@code referenceWidth}
 * @param warmupFraction share of each run's steps that warm up; replaces optimizer.warmupSteps
 * @param parallel runs at the same time; 0 as many as there are cores for their workers
 * @param checkpointsPerRun evenly spaced, the last one at the end
 * @param model of which {@code layers}, {@code heads} and {@code width} are the shapes'
 * @param training of which {@code steps} is computed from the budget
 * @param optimizer see {@code referenceWidth} and {@code warmupFraction}
 */
public record SweepSettings(
    String runs,
    DataSettings data,
    List<Double> budgets,
    double tokensPerParameter,
    int modelsPerBudget,
    double sizeRatio,
    List<Shape> models,
    List<Listed> list,
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

  /**
   * Runs of one size.
   *
   * @param name begins the runs' names; null names them by their size
   * @param layers null for those of {@code model}, as {@code heads} and {@code width}
   * @param tokens one run for each number
   * @param set other settings of these runs, by key
   */
  public record Listed(
      String name,
      Integer layers,
      Integer heads,
      Integer width,
      @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) List<Double> tokens,
      Map<String, Object> set) {
    public Listed {
      tokens = tokens == null ? List.of() : List.copyOf(tokens);
      set = set == null ? Map.of() : new TreeMap<>(set);
      require("list[].tokens", tokens.size(), !tokens.isEmpty(), "at least one number");
      for (double count : tokens) {
        require("list[].tokens", count, count >= 1, "at least 1");
      }
      for (String key : COMPUTED) {
        if (set.containsKey(key)) {
          throw new IllegalArgumentException(
              "list[].set: " + key + " follows from the sweep; leave it out");
        }
      }
    }
  }

  private static final List<String> COMPUTED = List.of("run", "training.steps");

  private static final SweepSettings DEFAULTS =
      new SweepSettings(
          "",
          DataSettings.DEFAULTS,
          List.of(),
          20,
          4,
          1.6,
          List.of(),
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
    data = data == null ? DataSettings.DEFAULTS : data;
    budgets = budgets == null ? List.of() : List.copyOf(budgets);
    models = models == null ? List.of() : List.copyOf(models);
    list = list == null ? List.of() : List.copyOf(list);
    for (double budget : budgets) {
      require("budgets", budget, budget > 0, "FLOPs above 0");
    }
    require("tokensPerParameter", tokensPerParameter, tokensPerParameter > 0, "above 0");
    require("modelsPerBudget", modelsPerBudget, modelsPerBudget >= 0, "at least 0");
    require("sizeRatio", sizeRatio, sizeRatio > 1, "above 1");
    require("referenceWidth", referenceWidth, referenceWidth >= 0, "at least 0");
    require(
        "warmupFraction",
        warmupFraction,
        warmupFraction >= 0 && warmupFraction < 1,
        "at least 0 and below 1");
    require("parallel", parallel, parallel >= 0, "at least 0");
    require("checkpointsPerRun", checkpointsPerRun, checkpointsPerRun >= 1, "at least 1");
    requireFixedWorkers(training);
  }

  private static void requireFixedWorkers(TrainingSettings training) {
    if (!training.workersAt().isEmpty()) {
      throw new IllegalArgumentException(
          "training.workersAt: a sweep computes the steps of its runs from one number of workers;"
              + " leave it out");
    }
  }

  private static void require(String key, double found, boolean valid, String expected) {
    if (!valid) {
      throw new IllegalArgumentException(key + ": expected " + expected + ", found " + found);
    }
  }

  /** Settings of which nothing is given yet: no data, budgets or runs, the defaults of all else. */
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
    DataSource.requireMixture(source, settings.data.sources());
    requireGiven(
        source,
        "budgets",
        settings.budgets.isEmpty() && settings.list.isEmpty(),
        "budgets: [1e12, 3e12], or a list of runs");
    requireGiven(
        source,
        "models",
        settings.models.isEmpty() && settings.modelsPerBudget == 0,
        "models: [{layers: 2, heads: 2, width: 32}], or modelsPerBudget: 4 of the table of shapes");
    return settings;
  }

  private static void requireGiven(String source, String key, boolean missing, String example) {
    if (missing) {
      throw new IllegalArgumentException(
          source + ", " + key + ": missing or not as expected; e.g. " + example);
    }
  }

  /** The shape of an entry of the list. */
  public Shape shape(Listed listed) {
    return new Shape(
        listed.layers() == null ? model.layers() : listed.layers(),
        listed.heads() == null ? model.heads() : listed.heads(),
        listed.width() == null ? model.width() : listed.width());
  }

  /** The model of a shape. */
  public ModelSettings model(Shape shape) {
    return model.withShape(shape.layers(), shape.heads(), shape.width());
  }

  /**
   * Settings of one run of the sweep, with checkpoints spread over it.
   *
   * @param warmupSteps of its steps
   * @param set other settings that win, by key
   */
  public RunSettings run(
      String name, Shape shape, long steps, long warmupSteps, Map<String, ?> set) {
    double scale =
        referenceWidth == 0
            ? 1
            : Math.pow((double) referenceWidth / shape.width(), learningRateExponent);
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("training.steps", steps);
    own.put("optimizer.learningRate", optimizer.learningRate() * scale);
    own.put("optimizer.minimumLearningRate", optimizer.minimumLearningRate() * scale);
    own.put("optimizer.warmupSteps", warmupSteps);
    own.putAll(set);
    CheckpointSettings none = CheckpointSettings.DEFAULTS;
    RunSettings run =
        new RunSettings(
                runs + "/" + name,
                "",
                data,
                model(shape),
                training,
                optimizer,
                outer,
                none,
                evaluation)
            .with("list[].set", own);
    requireFixedWorkers(run.training());
    return set.keySet().stream().anyMatch(key -> key.startsWith("checkpoint."))
        ? run
        : run.with(
            name,
            Map.of(
                "checkpoint.everyRounds",
                roundsPerCheckpoint(run),
                "checkpoint.keepLast",
                checkpointsPerRun));
  }

  private long roundsPerCheckpoint(RunSettings run) {
    long localSteps = run.training().localSteps();
    long rounds = (run.training().steps() + localSteps - 1) / localSteps;
    return Math.max(1, (rounds + checkpointsPerRun - 1) / checkpointsPerRun);
  }
}
