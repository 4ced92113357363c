package org.kindling.training;

import java.io.Serializable;
import java.util.List;
import org.kindling.corpus.DataSettings;
import org.kindling.corpus.DataSource;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.kernels.Kernels;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.optimizer.InnerOptimizer;
import org.kindling.optimizer.MomentSpec;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;

/**
 * Everything a worker has to know of a run to take part in it, on whichever machine.
 *
 * @param data the datasets, as the user gave them, and what to make of their documents
 * @param vocabulary of the dataset's tokenizer
 */
public record RunDescription(
    DataSettings data,
    int vocabulary,
    ModelSettings model,
    TrainingSettings training,
    OptimizerSettings optimizer,
    OuterSettings outer,
    EvaluationSettings evaluation)
    implements Serializable {

  /** A run that joins documents. */
  public RunDescription(
      List<DataSource> sources,
      int vocabulary,
      ModelSettings model,
      TrainingSettings training,
      OptimizerSettings optimizer,
      OuterSettings outer,
      EvaluationSettings evaluation) {
    this(DataSettings.joined(sources), vocabulary, model, training, optimizer, outer, evaluation);
  }

  /** Bytes that a replica's optimizer takes where these kernels keep tensors. */
  public long optimizerBytes(Kernels kernels) {
    return InnerOptimizer.bytes(optimizer, layout(), kernels);
  }

  /** How the run's vectors are divided into shards. */
  public Sharding sharding() {
    return Sharding.of(layout().size(), training.workers());
  }

  /** The vectors of the run's state. */
  public StateLayout stateLayout() {
    return stateLayout(sharding());
  }

  /** The vectors of the run's state, where they are cut already. */
  public StateLayout stateLayout(Sharding sharding) {
    return new StateLayout(sharding, moments());
  }

  /** Bytes outside the heap in which a worker keeps what it began a round with, if it does. */
  public long startBytes() {
    return training.sendsChanges() ? layout().size() * Float.BYTES : 0;
  }

  /** What the inner optimizer keeps between steps. */
  List<MomentSpec> moments() {
    return InnerOptimizer.momentsOf(optimizer, layout());
  }

  private ParameterLayout layout() {
    return LanguageModels.layout(model, vocabulary);
  }
}
