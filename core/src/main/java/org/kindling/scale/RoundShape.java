package org.kindling.scale;

import java.util.ArrayList;
import java.util.List;
import org.kindling.corpus.DataSource;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.exchange.Exchange;
import org.kindling.model.Architecture;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.MomentSpec;
import org.kindling.optimizer.OptimizerKind;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.training.RunDescription;
import org.kindling.training.Sharding;
import org.kindling.training.StateLayout;
import org.kindling.training.TrainingSettings;

/**
 * What decides on the bytes of a round. Immutable.
 *
 * <pre>{@code
 * new RoundShape(100_000_000, 64, 64, Exchange.INT8, "adamw", false).layout().shards(); // 100
 * }</pre>
 *
 * @param parameters of the model
 * @param workers logical workers, W
 * @param executors that they run on; at most as many
 * @param optimizer label of an {@link OptimizerKind}
 * @param overlap whether rounds overlap
 */
public record RoundShape(
    long parameters,
    int workers,
    int executors,
    Exchange exchange,
    String optimizer,
    boolean overlap) {
  /** Predictions of a sample: of no concern for bytes. */
  static final int CONTEXT = 8;

  /** A GPT-2 of depth d is 64 · d wide, as its published sizes nearly are. */
  private static final int WIDTH_OF_A_LAYER = 64;

  /** What a measured model of characters has, nearly; larger ones are of byte pairs. */
  private static final int CHARACTERS = 32;

  private static final int BYTE_PAIRS = 32_768;
  private static final long LARGE = 50_000_000;

  public RoundShape {
    if (parameters < 10_000 || parameters > 1_000_000_000_000L) {
      throw new IllegalArgumentException(
          "parameters: expected 10000 to 10^12, found " + parameters);
    }
    if (executors < 1 || executors > workers) {
      throw new IllegalArgumentException(
          "executors: expected 1 to the number of workers (" + workers + "), found " + executors);
    }
    OptimizerKind.named(optimizer);
  }

  /** The vectors of the state, cut as the planner cuts them. */
  public StateLayout layout() {
    return layout(Sharding.of(parameters, workers));
  }

  /** The vectors of the state, where they are cut already. */
  StateLayout layout(Sharding sharding) {
    RunDescription run = run(TrainingSettings.DEFAULTS);
    StateLayout nearest = run.stateLayout();
    double factor = (double) parameters / nearest.parameters().size();
    List<MomentSpec> moments = new ArrayList<>();
    for (MomentSpec moment : nearest.moments()) {
      long size = Math.max(1, Math.round(moment.size() * factor));
      moments.add(new MomentSpec(moment.name(), size, moment.kind()));
    }
    return new StateLayout(sharding, moments);
  }

  /** A run of a transformer of about this size. */
  RunDescription run(TrainingSettings training) {
    int vocabulary = parameters < LARGE ? CHARACTERS : BYTE_PAIRS;
    OptimizerSettings defaults = OptimizerSettings.DEFAULTS;
    OptimizerSettings chosen =
        new OptimizerSettings(
            optimizer,
            defaults.learningRate(),
            defaults.minimumLearningRate(),
            defaults.schedule(),
            defaults.warmupSteps(),
            defaults.decayFraction(),
            defaults.beta1(),
            defaults.beta2(),
            defaults.epsilon(),
            defaults.weightDecay(),
            defaults.clipNorm(),
            defaults.muonMomentum(),
            defaults.rateFactors());
    return new RunDescription(
        DataSource.only("none"),
        vocabulary,
        model(vocabulary),
        training.exchanging(exchange.label(), overlap),
        chosen,
        overlap ? OuterSettings.OVERLAPPING : OuterSettings.DEFAULTS,
        new EvaluationSettings(0, 1));
  }

  /** The depth whose parameters come nearest. */
  private ModelSettings model(int vocabulary) {
    ModelSettings nearest = null;
    long off = Long.MAX_VALUE;
    for (int depth = 1; ; depth++) {
      ModelSettings model =
          Architecture.GPT2.settings(depth, depth, WIDTH_OF_A_LAYER * depth, CONTEXT, true);
      long distance = Math.abs(LanguageModels.layout(model, vocabulary).parameters() - parameters);
      if (distance >= off) {
        return nearest;
      }
      nearest = model;
      off = distance;
    }
  }
}
