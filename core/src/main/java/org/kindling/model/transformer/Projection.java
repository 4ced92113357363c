package org.kindling.model.transformer;

import java.util.List;
import org.kindling.kernels.Linear;
import org.kindling.kernels.Parameter;
import org.kindling.model.ParameterLayout;

/**
 * A linear layer of one or several modules side by side, which read the same input: one product
 * computes them all.
 *
 * @param modules names, in the order of their outputs
 * @param outputs of each module; one number for all if there is one module
 * @param biased whether each module has a bias
 * @param standardDeviation of the init of the weights
 */
record Projection(
    List<String> modules,
    Linear.Layout layout,
    int inputs,
    List<Integer> outputs,
    boolean biased,
    double standardDeviation) {

  private int totalOutputs() {
    return outputs.stream().mapToInt(Integer::intValue).sum();
  }

  void declare(ParameterLayout.Builder builder) {
    ParameterLayout.Init init = ParameterLayout.Init.normal(standardDeviation);
    List<Integer> rows = modules.size() == 1 ? List.of(totalOutputs()) : outputs;
    for (int i = 0; i < modules.size(); i++) {
      int[] shape =
          layout == Linear.Layout.INPUTS_FIRST
              ? new int[] {inputs, rows.get(i)}
              : new int[] {rows.get(i), inputs};
      String name = Names.weight(modules.get(i));
      add(builder, i, name, ParameterLayout.Role.MATRIX, init, shape);
    }
    if (modules.size() == 1 && outputs.size() > 1) {
      builder.divided(layout == Linear.Layout.INPUTS_FIRST ? 1 : 0, outputs);
    }
    for (int i = 0; biased && i < modules.size(); i++) {
      String name = Names.bias(modules.get(i));
      int[] shape = {rows.get(i)};
      add(builder, i, name, ParameterLayout.Role.VECTOR, ParameterLayout.Init.ZEROS, shape);
    }
  }

  private static void add(
      ParameterLayout.Builder builder,
      int place,
      String name,
      ParameterLayout.Role role,
      ParameterLayout.Init init,
      int[] shape) {
    if (place == 0) {
      builder.add(name, role, init, shape);
    } else {
      builder.addAdjacent(name, role, init, shape);
    }
  }

  Linear bind(ParameterVectors vectors) {
    Parameter weight = vectors.parameter(modules.stream().map(Names::weight).toList());
    Parameter bias = biased ? vectors.parameter(modules.stream().map(Names::bias).toList()) : null;
    return new Linear(inputs, totalOutputs(), layout, weight, bias);
  }
}
