package org.kindling.settings;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.corpus.DataSettings;
import org.kindling.corpus.DataSource;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.model.Activations;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OptimizerKind;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingSettings;

/**
 * The settings of one training run, as {@code pretrain --config} reads them.
 *
 * <pre>{@code
 * run: runs/shakespeare
 * data: [{path: data/shakespeare}]
 * model: {layers: 4, heads: 4, width: 128, context: 64}
 * training: {steps: 2000}
 * }</pre>
 *
 * @param run directory of the run
 * @param init directory of a model, checkpoint or run whose parameters this run starts with; empty
 *     for random ones
 * @param data datasets, at least one, and what to make of their documents
 */
public record RunSettings(
    String run,
    String init,
    DataSettings data,
    ModelSettings model,
    TrainingSettings training,
    OptimizerSettings optimizer,
    OuterSettings outer,
    CheckpointSettings checkpoint,
    EvaluationSettings evaluation) {

  private static final RunSettings DEFAULTS =
      new RunSettings(
          "",
          "",
          DataSettings.DEFAULTS,
          ModelSettings.DEFAULTS,
          TrainingSettings.DEFAULTS,
          OptimizerSettings.DEFAULTS,
          OuterSettings.DEFAULTS,
          CheckpointSettings.DEFAULTS,
          EvaluationSettings.DEFAULTS);

  /** May differ between a run and its continuation: they change where and how, not what. */
  private static final Set<String> FREE =
      Set.of(
          "run",
          "data.sources",
          "training.workers",
          "training.workersAt",
          "training.exchange",
          "training.quorum",
          "training.graceSeconds",
          "training.kernels",
          "training.device");

  private static final Set<String> FREE_SECTIONS = Set.of("checkpoint", "evaluation");

  public RunSettings {
    run = run == null ? "" : run;
    init = init == null ? "" : init;
    data = data == null ? DataSettings.DEFAULTS : data;
    if (training.activations() != Activations.KEPT && model.kind() != Family.TRANSFORMER) {
      throw new IllegalArgumentException(
          "training.recompute: family "
              + model.family()
              + " has no blocks to compute again; leave it out");
    }
    if (model.kind().isCounted() && optimizer.kind().equals(OptimizerKind.MUON.label())) {
      throw new IllegalArgumentException(
          "optimizer.kind: family "
              + model.family()
              + " is counted and has no matrices that muon could update; leave it out");
    }
    for (long step : checkpoint.atSteps()) {
      if (step % training.localSteps() != 0) {
        throw new IllegalArgumentException(
            "checkpoint.atSteps: "
                + step
                + " is not the end of a round; use multiples of training.localSteps ("
                + training.localSteps()
                + ")");
      }
    }
  }

  /** Settings of which nothing is given yet: no run, no data, the defaults of all else. */
  public static RunSettings defaults() {
    return DEFAULTS;
  }

  /**
   * @param source name of the file, for messages
   * @param overrides {@code key=value} pairs that win over the file
   * @throws IllegalArgumentException naming the key at fault
   */
  public static RunSettings read(String source, String yaml, List<String> overrides) {
    RunSettings settings =
        SettingsReader.read(DEFAULTS, RunSettings.class, source, yaml, overrides);
    settings.requireComplete(source);
    return settings;
  }

  /**
   * The same of a run's {@code settings.yaml}, which an older version may have written: keys that
   * have been renamed since are known by their old names too.
   */
  public static RunSettings readWritten(String source, String yaml, List<String> overrides) {
    RunSettings settings =
        SettingsReader.readWritten(DEFAULTS, RunSettings.class, source, yaml, overrides);
    settings.requireComplete(source);
    return settings;
  }

  private void requireComplete(String source) {
    if (run.isBlank()) {
      throw new IllegalArgumentException(
          source + ", run: missing; name the directory of the run, e.g. run: runs/first");
    }
    DataSource.requireMixture(source, data.sources());
  }

  /**
   * These settings with others in place of some.
   *
   * @param source of the others, for messages
   * @param overrides values by key, such as {@code optimizer.learningRate}
   * @throws IllegalArgumentException naming the key at fault
   */
  public RunSettings with(String source, Map<String, ?> overrides) {
    return SettingsReader.override(this, RunSettings.class, source, overrides);
  }

  /** Every key with its value. */
  public String toYaml() {
    return SettingsReader.write(this);
  }

  /** What the workers need to know of it. */
  public RunDescription describe(int vocabulary) {
    return new RunDescription(data, vocabulary, model, training, optimizer, outer, evaluation);
  }

  /**
   * Settings in which a continuation differs from what the run started with, though it must not.
   *
   * @return one sentence a key
   */
  public List<String> differencesThatMatter(RunSettings continuation) {
    List<String> differences = new ArrayList<>();
    compare("", SettingsReader.tree(this), SettingsReader.tree(continuation), differences);
    compareData(continuation, differences);
    return differences;
  }

  /** Datasets may have moved; which they are, their checksums tell. */
  private void compareData(RunSettings continuation, List<String> differences) {
    List<Double> before = data.sources().stream().map(DataSource::weight).toList();
    List<Double> after = continuation.data.sources().stream().map(DataSource::weight).toList();
    boolean alone = before.size() == 1 && after.size() == 1;
    if (!alone && !before.equals(after)) {
      differences.add("the weights of data were " + before + ", are " + after);
    }
  }

  private static void compare(
      String path, JsonNode before, JsonNode after, List<String> differences) {
    for (Iterator<Map.Entry<String, JsonNode>> it = before.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      String key = path + field.getKey();
      JsonNode other = after.get(field.getKey());
      if (FREE.contains(key) || FREE_SECTIONS.contains(key) || other == null) {
        // Absent are only settings of another model.family, which is a difference itself.
        continue;
      }
      if (field.getValue().isObject()) {
        compare(key + ".", field.getValue(), other, differences);
      } else if (!field.getValue().equals(other)) {
        differences.add(key + " was " + field.getValue().asText() + ", is " + other.asText());
      }
    }
  }
}
