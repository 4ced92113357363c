package org.kindling.spark.averaging;

import org.kindling.corpus.DocumentMode;
import org.kindling.kernels.Device;
import org.kindling.kernels.Precision;
import org.kindling.model.Activations;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OptimizerKind;
import org.kindling.optimizer.RateFactors;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingSettings;

/** What DL4J's trainer cannot do. */
public final class Dl4jLimits {
  /** Said when a run begins. */
  public static final String NOTICE =
      "averaging dl4j: plain means added in order of arrival (a retried task may change the last"
          + " bits), all state on the driver, no outer optimizer, network broadcast every round,"
          + " epsilon of Adam before its correction";

  private Dl4jLimits() {}

  /**
   * @throws IllegalArgumentException naming the first setting that would not be honoured
   */
  public static void require(RunDescription run) {
    ModelSettings model = run.model();
    TrainingSettings training = run.training();
    if (model.kind().isCounted()) {
      throw new IllegalArgumentException(
          "training.averaging: "
              + model.family()
              + " is counted, not trained in rounds; leave averaging out");
    }
    if (!run.outer().isPlainAveraging()) {
      throw refusal(
          "outer",
          "learningRate "
              + run.outer().learningRate()
              + " and momentum "
              + run.outer().momentum()
              + ", but DL4J takes plain means",
          "outer.learningRate: 1 and outer.momentum: 0");
    }
    if (run.data().documents() != DocumentMode.JOIN) {
      throw refusal(
          "data.documents",
          "separate, but DL4J's trainer divides by all tokens of a batch and carries state across"
              + " documents",
          "documents: join");
    }
    if (training.arithmetic() != Precision.FP32) {
      throw refusal("training.precision", "DL4J's networks are in fp32", "precision: fp32");
    }
    if (!training.kernels().equals("auto")) {
      throw refusal("training.kernels", "DL4J's layers choose their own", "kernels: auto");
    }
    if (!training.device().equals(Device.AUTO.label())) {
      throw refusal(
          "training.device", "DL4J's layers compute where ND4J's backend does", "device: auto");
    }
    if (model.kind().has(Family.Key.TRUNCATION) && model.truncation() < model.context()) {
      throw refusal(
          "model.truncation",
          "DL4J takes an optimizer step for every segment of " + model.truncation() + " tokens",
          "a truncation of at least model.context, " + model.context());
    }
    if (model.kind() == Family.TRANSFORMER && !model.plainGpt2()) {
      throw refusal(
          "model",
          "DL4J's networks hold GPT-2 with layers, heads, width, context and tied alone",
          "architecture: gpt2 and no other keys");
    }
    if (training.activations() != Activations.KEPT) {
      throw refusal("training.recompute", "DL4J keeps activations", "recompute: none");
    }
    if (!run.optimizer().kind().equals(OptimizerKind.ADAMW.label())) {
      throw refusal(
          "optimizer.kind",
          run.optimizer().kind() + ", but DL4J's networks are trained by AdamW",
          "kind: adamw");
    }
    if (!run.optimizer().rateFactors().equals(RateFactors.ONES)) {
      throw refusal(
          "optimizer.rateFactors", "DL4J's networks have one learning rate", "factors of 1");
    }
    if (!training.workersAt().isEmpty()) {
      throw refusal(
          "training.workersAt", "DL4J's trainer has one number of workers", "no other numbers");
    }
    if (training.steps() > Integer.MAX_VALUE) {
      throw refusal("training.steps", "DL4J counts to " + Integer.MAX_VALUE, "fewer steps");
    }
  }

  private static IllegalArgumentException refusal(String key, String found, String remedy) {
    return new IllegalArgumentException(
        key + ": " + found + "; use " + remedy + ", or training.averaging: kindling");
  }
}
