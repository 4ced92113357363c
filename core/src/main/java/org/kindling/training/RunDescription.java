package org.kindling.training;

import java.io.Serializable;
import java.util.List;
import org.kindling.corpus.DataSettings;
import org.kindling.corpus.DataSource;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
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

  /** How the run's vectors are divided into shards. */
  public Sharding sharding() {
    return Sharding.of(LanguageModels.layout(model, vocabulary).size(), training.workers());
  }
}
