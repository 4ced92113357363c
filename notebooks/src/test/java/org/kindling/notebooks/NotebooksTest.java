package org.kindling.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kindling.scaling.Allocation;
import org.kindling.scaling.BudgetCurve;
import org.kindling.scaling.EvaluationsCsv;
import org.kindling.scaling.HeldOut;
import org.kindling.scaling.IsoFlopFit;
import org.kindling.scaling.Parabola;
import org.kindling.scaling.ParametricFit;
import org.kindling.scaling.ScalingFit;

/** What can be said of the notebooks without running them. */
class NotebooksTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Frames that hold evaluations, and a text or list of texts between brackets. */
  private static final Pattern COLUMNS =
      Pattern.compile(
          "(?:evaluations|trained|finished|baselines|checkpoints|near)\\[+([^\\]]*)\\]");

  /** A key of fit.json, of anything read from it, or a column made of its entries. */
  private static final Pattern KEYS =
      Pattern.compile(
          "\\b(?:fit|law|budget|parabola|found|check|optimal|predictions|row)"
              + "((?:\\[+\\s*\"[^\\]]*\\]+)+|\\.[a-z]+\\b)");

  private static final Pattern NAME = Pattern.compile("[\"']([A-Za-z0-9]+)[\"']");

  static Stream<Path> notebooks() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("."))) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).toList().stream();
    }
  }

  private static JsonNode read(Path notebook) throws IOException {
    return JSON.readTree(notebook.toFile());
  }

  static List<String> code(Path notebook) throws IOException {
    List<String> cells = new ArrayList<>();
    for (JsonNode cell : read(notebook).get("cells")) {
      if (cell.get("cell_type").asText().equals("code")) {
        StringBuilder source = new StringBuilder();
        cell.get("source").forEach(line -> source.append(line.asText()));
        cells.add(source.toString());
      }
    }
    return cells;
  }

  @Test
  void thereAreNotebooks() throws IOException {
    assertThat(notebooks()).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void formatIsFour(Path notebook) throws IOException {
    JsonNode root = read(notebook);
    assertThat(root.get("nbformat").asInt()).isEqualTo(4);
    assertThat(root.get("nbformat_minor").asInt()).isGreaterThanOrEqualTo(5);
    assertThat(root.at("/metadata/kernelspec/name").asText()).isEqualTo("python3");
    Set<String> ids = new HashSet<>();
    for (JsonNode cell : root.get("cells")) {
      assertThat(cell.get("cell_type").asText()).isIn("code", "markdown");
      assertThat(cell.get("metadata").isObject()).isTrue();
      assertThat(cell.get("source").isArray()).isTrue();
      assertThat(cell.get("id").asText()).matches("[a-zA-Z0-9-_]{1,64}");
      assertThat(ids.add(cell.get("id").asText())).as("cell ids are unique").isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void outputsAreCleared(Path notebook) throws IOException {
    for (JsonNode cell : read(notebook).get("cells")) {
      if (cell.get("cell_type").asText().equals("code")) {
        assertThat(cell.get("outputs").isArray()).isTrue();
        assertThat(cell.get("outputs")).isEmpty();
        assertThat(cell.get("execution_count").isNull()).isTrue();
      } else {
        assertThat(cell.has("outputs")).isFalse();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void cellsCompile(Path notebook, @TempDir Path directory) throws Exception {
    List<String> cells = code(notebook);
    assertThat(cells).isNotEmpty();
    if (Python.onPath().isEmpty()) {
      System.out.println("notebooks: " + notebook + " NOT COMPILED: no python3 on PATH");
      assertThat(cells).allSatisfy(cell -> assertThat(cell).isNotBlank().doesNotContain("\t"));
      return;
    }
    int number = 0;
    for (String cell : cells) {
      assertThat(Python.compile(cell, directory)).as("cell " + number++).isEmpty();
    }
    assertThat(Python.compile("for x in:\n", directory)).contains("SyntaxError");
  }

  private static Set<String> names(Path notebook, Pattern places) throws IOException {
    Set<String> names = new TreeSet<>();
    for (String cell : code(notebook)) {
      for (Matcher place = places.matcher(cell); place.find(); ) {
        for (Matcher name = NAME.matcher(place.group(1)); name.find(); ) {
          names.add(name.group(1));
        }
      }
    }
    return names;
  }

  @Test
  void columnsAreThoseThatEvaluateWrites() throws IOException {
    Set<String> named = names(Path.of("loss-vs-compute.ipynb"), COLUMNS);
    assertThat(named).contains("run", "family", "parameters", "tokens", "flops", "loss", "final");
    assertThat(EvaluationsCsv.COLUMNS).containsAll(named);
  }

  @Test
  void keysAreThoseThatFitWrites() throws IOException {
    Set<String> known = new TreeSet<>(Set.of("relativeError", "here"));
    for (Class<?> type :
        new Class<?>[] {
          ScalingFit.class,
          ParametricFit.class,
          IsoFlopFit.class,
          BudgetCurve.class,
          Parabola.class,
          Allocation.class,
          HeldOut.class,
          HeldOut.Prediction.class
        }) {
      BeanDescription description =
          JSON.getSerializationConfig().introspect(JSON.constructType(type));
      description.findProperties().stream()
          .map(BeanPropertyDefinition::getName)
          .forEach(known::add);
    }
    Set<String> named = names(Path.of("loss-vs-compute.ipynb"), KEYS);
    assertThat(named).contains("parametric", "alpha", "budgets", "curvature", "predicted");
    assertThat(known).containsAll(named);
    Set<String> stepByStep = names(Path.of("fit-step-by-step.ipynb"), KEYS);
    assertThat(stepByStep).contains("residuals", "objective", "parabola", "cutoffFlops");
    assertThat(known).containsAll(stepByStep);
  }
}
