package org.kindling.trial;

import org.kindling.model.ModelSettings;

/**
 * A model and a step of it.
 *
 * @param name as the table has it
 * @param batch sequences of a step, or the most that are tried
 */
record Shape(String name, ModelSettings model, int vocabulary, int batch) {
  Shape ofBatch(int sequences) {
    return new Shape(name, model, vocabulary, sequences);
  }

  /** Tokens of a step. */
  long tokens() {
    return (long) batch * model.context();
  }
}
