package org.kindling.model.recurrent;

import java.util.Collections;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;

/**
 * Names and shapes of a network's parameters, in the order of DL4J's flat vector. DL4J keeps a
 * matrix [inputs, outputs] column by column, which is [outputs, inputs] row by row: the orientation
 * of PyTorch's {@code weight}.
 */
final class RecurrentLayout {
  static final String EMBEDDING = "embedding.weight";
  static final String OUTPUT = "output";
  private static final int GATES = 4;

  private RecurrentLayout() {}

  static ParameterLayout of(ModelSettings settings, int vocabulary) {
    int width = settings.width();
    ParameterLayout.Builder layout = ParameterLayout.builder();
    layout.add(
        EMBEDDING, ParameterLayout.Role.EMBEDDING, ParameterLayout.Init.ZEROS, width, vocabulary);
    int last = width;
    switch (settings.kind()) {
      case MLP -> {
        last = settings.hidden();
        // A convolution's bias lies before its weights.
        layout.add("hidden.bias", last).add("hidden.weight", last, width, settings.window());
      }
      case RNN -> addLayers(layout, "rnn.", settings, 1);
      case LSTM -> addLayers(layout, "lstm.", settings, GATES);
      case RNN_ATTENTION -> {
        addLayers(layout, "lstm.", settings, GATES);
        layout
            .add("attention.score.weight", width, width)
            .add("attention.combine.weight", width, 2 * width)
            .add("attention.combine.bias", width);
      }
      default -> throw new IllegalArgumentException(settings.family() + " has no such layout");
    }
    return layout
        .add(
            OUTPUT + ".weight",
            ParameterLayout.Role.HEAD,
            ParameterLayout.Init.ZEROS,
            vocabulary,
            last)
        .add(OUTPUT + ".bias", vocabulary)
        .build();
  }

  /** Of an LSTM the gates are, in this order, candidate, forget, output and input. */
  private static void addLayers(
      ParameterLayout.Builder layout, String prefix, ModelSettings settings, int gates) {
    int width = settings.width();
    for (int i = 0; i < settings.layers(); i++) {
      addGates(layout, prefix + i + ".input.weight", width, gates);
      addGates(layout, prefix + i + ".hidden.weight", width, gates);
      layout.add(prefix + i + ".bias", gates * width);
    }
  }

  private static void addGates(ParameterLayout.Builder layout, String name, int width, int gates) {
    layout.add(name, gates * width, width).divided(0, Collections.nCopies(gates, width));
  }
}
