package org.kindling.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.kindling.scaling.Allocation;
import org.kindling.scaling.Budget;
import org.kindling.scaling.BudgetCurve;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.HeldOut;
import org.kindling.scaling.ParametricLaw;
import org.kindling.scaling.ScalingFit;

/**
 * What the charts draw, as JSON. Curves are computed here, so that the page's script only draws.
 */
final class ReportData {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int POINTS_OF_A_CURVE = 60;

  private final ReportInput input;
  private final ObjectNode root = MAPPER.createObjectNode();

  private ReportData(ReportInput input) {
    this.input = input;
  }

  static String json(ReportInput input, List<LineFigure> lines) {
    ReportData data = new ReportData(input);
    data.budgets();
    data.runs();
    data.baselines();
    input.fit().ifPresent(data::fit);
    data.lines(lines);
    return data.root.toString();
  }

  private void budgets() {
    ArrayNode budgets = root.putArray("budgets");
    for (Budget budget : input.budgets()) {
      budgets.addObject().put("flops", budget.flops());
    }
  }

  private void runs() {
    ArrayNode runs = root.putArray("runs");
    for (ReportInput.Run run : input.runs()) {
      EvaluationRow any = run.checkpoints().get(0);
      ObjectNode node =
          runs.addObject()
              .put("name", run.name())
              .put("family", run.family())
              .put("budget", run.budget())
              .put("parameters", any.parameters())
              .put("finished", run.isFinished());
      ArrayNode checkpoints = node.putArray("checkpoints");
      for (EvaluationRow row : run.checkpoints()) {
        ObjectNode point =
            checkpoints
                .addObject()
                .put("flops", row.flops())
                .put("tokens", row.tokens())
                .put("loss", row.loss());
        putIfKnown(point, "bitsPerByte", row.bitsPerByte());
      }
      if (run.isFinished()) {
        putIfKnown(node, "predicted", input.predicted(run.last()));
      }
    }
  }

  private void baselines() {
    ArrayNode baselines = root.putArray("baselines");
    for (EvaluationRow row : input.baselines()) {
      baselines.addObject().put("name", row.run()).put("loss", row.loss());
    }
  }

  private void lines(List<LineFigure> figures) {
    ObjectNode all = root.putObject("lines");
    for (LineFigure figure : figures) {
      ObjectNode node = all.putObject(figure.id());
      node.set("x", axis(figure.x()));
      node.set("y", axis(figure.y()));
      ArrayNode series = node.putArray("series");
      for (LineFigure.Series line : figure.series()) {
        ArrayNode points = series.addObject().put("name", line.name()).putArray("points");
        for (double[] point : line.points()) {
          boolean drawable =
              (point[0] > 0 || !figure.x().logarithmic())
                  && (point[1] > 0 || !figure.y().logarithmic());
          if (drawable) {
            points.addArray().add(point[0]).add(point[1]);
          }
        }
      }
    }
  }

  private static ObjectNode axis(LineFigure.Axis axis) {
    return MAPPER.createObjectNode().put("name", axis.name()).put("log", axis.logarithmic());
  }

  private void fit(ScalingFit fit) {
    ObjectNode node = root.putObject("fit");
    isoflop(fit, node.putArray("isoflop"));
    ArrayNode heldOut = node.putArray("heldOut");
    for (HeldOut.Prediction p : fit.heldOut().predictions()) {
      ObjectNode point =
          heldOut
              .addObject()
              .put("name", p.run())
              .put("measured", p.measured())
              .put("predicted", p.predicted());
      if (p.interval() != null) {
        point.put("lower", p.interval().lower()).put("upper", p.interval().upper());
      }
    }
    if (fit.parametric().law().hasOptimum()) {
      optimal(fit, node);
    }
  }

  private static void isoflop(ScalingFit fit, ArrayNode curves) {
    int index = 0;
    for (BudgetCurve curve : fit.isoflop().budgets()) {
      ObjectNode node = curves.addObject().put("budget", index++).put("flops", curve.flops());
      if (curve.parabola() != null) {
        // A little beyond the sizes trained, for the eye.
        curve(
            node.putArray("curve"),
            curve.smallest() / 1.15,
            curve.largest() * 1.15,
            curve.parabola()::loss);
      }
      if (curve.visible()) {
        node.put("parameters", curve.parameters())
            .put("tokens", curve.tokens())
            .put("loss", curve.loss());
      }
    }
  }

  private void optimal(ScalingFit fit, ObjectNode node) {
    ParametricLaw law = fit.parametric().law();
    double k = fit.flopsPerParameterToken();
    double least = fit.optimal().stream().mapToDouble(Allocation::flops).min().orElseThrow();
    double most = fit.optimal().stream().mapToDouble(Allocation::flops).max().orElseThrow();
    double fitted =
        fit.optimal().stream()
            .filter(a -> !a.extrapolated())
            .mapToDouble(Allocation::flops)
            .max()
            .orElse(most);
    node.put("fittedUpTo", fitted);
    // Through the checkpoints too, which lie below the smallest budget.
    double cheapest =
        input.runs().stream()
            .flatMap(r -> r.checkpoints().stream())
            .mapToDouble(EvaluationRow::flops)
            .min()
            .orElse(least);
    curve(node.putArray("bestLoss"), cheapest, fitted * 1.5, c -> law.optimalLoss(c, k));
    curve(node.putArray("bestParameters"), least, most, c -> law.optimalParameters(c, k));
    curve(node.putArray("bestTokens"), least, most, c -> law.optimalTokens(c, k));
    ArrayNode intervals = node.putArray("intervals");
    for (Allocation a : fit.optimal()) {
      if (a.parametersCi95() != null) {
        intervals
            .addObject()
            .put("flops", a.flops())
            .put("lower", a.parametersCi95().lower())
            .put("upper", a.parametersCi95().upper())
            .put("tokensLower", a.flops() / k / a.parametersCi95().upper())
            .put("tokensUpper", a.flops() / k / a.parametersCi95().lower());
      }
    }
  }

  private static void curve(ArrayNode out, double from, double to, DoubleUnaryOperator of) {
    for (int i = 0; i < POINTS_OF_A_CURVE; i++) {
      double x = from * Math.pow(to / from, i / (POINTS_OF_A_CURVE - 1.0));
      out.addArray().add(x).add(of.applyAsDouble(x));
    }
  }

  private static void putIfKnown(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    }
  }
}
