package org.kindling.spark.sweep;

import org.kindling.model.LanguageModels;
import org.kindling.settings.RunSettings;

/**
 * A run of a sweep.
 *
 * @param name last component of its directory
 * @param parameters all of the model
 * @param tokens it learns from, those of a shared prefix included
 * @param vocabulary of the data
 * @param settings complete
 * @param prefixRun name of the run whose checkpoint it starts from; null if it starts by itself
 * @param branchStep step of that checkpoint; 0 without a shared prefix
 */
public record PlannedRun(
    String name,
    long parameters,
    long tokens,
    int vocabulary,
    RunSettings settings,
    String prefixRun,
    long branchStep) {

  PlannedRun(String name, long parameters, long tokens, int vocabulary, RunSettings settings) {
    this(name, parameters, tokens, vocabulary, settings, null, 0);
  }

  PlannedRun branching(String from, long step) {
    return new PlannedRun(name, parameters, tokens, vocabulary, settings, from, step);
  }

  /** 6 · parameters · tokens; differs from a budget by the rounding to whole steps. */
  public double flops() {
    return 6.0 * parameters * tokens;
  }

  /** Operations of all its tokens with attention counted, see {@link LanguageModels}. */
  public double totalFlops() {
    return workOf(tokens);
  }

  /**
   * Of {@link #totalFlops}, what this run does itself: a branch leaves out the steps of its shared
   * prefix.
   */
  public double ownFlops() {
    return workOf(tokens - branchTokens());
  }

  /** Operations with attention counted. */
  double workOf(long someTokens) {
    return LanguageModels.trainingFlopsPerToken(settings.model(), vocabulary) * someTokens;
  }

  /** Tokens of the shared prefix. */
  public long branchTokens() {
    return branchStep * tokensPerStep(settings);
  }

  static long tokensPerStep(RunSettings settings) {
    return settings.training().samplesPerStep() * settings.model().context();
  }
}
