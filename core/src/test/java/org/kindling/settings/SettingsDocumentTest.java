package org.kindling.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kindling.corpus.DataSource;
import org.kindling.kernels.Kernels;
import org.kindling.model.Family;
import org.kindling.training.WorkersAt;

/** Holds docs/settings.md to the records: every key, its type, its default and its range. */
class SettingsDocumentTest {
  private static final Path DOCUMENT = Path.of("../docs/settings.md");
  private static final String REQUIRED = "*required*";
  private static final Pattern BOUND = Pattern.compile("(≥|>|≤|<) (-?[0-9.]+)");
  private static final String RUN = "run: runs/a\ndata: [{path: data/a}]\n";
  private static final String SWEEP =
      "runs: runs/a\ndata: [{path: data/a}]\nbudgets: [1e12]\n"
          + "models: [{layers: 1, heads: 1, width: 8}]\n";

  /** One line of a table. */
  record Line(String key, String type, String byDefault, String range) {}

  /** A number that a range allows or does not. */
  record Edge(String key, String value, boolean allowed) {}

  private static Map<String, Line> lines(String heading) throws IOException {
    String text = Files.readString(DOCUMENT);
    int start = text.indexOf("\n## " + heading + "\n");
    assertThat(start).as("heading ## %s", heading).isPositive();
    int next = text.indexOf("\n## ", start + 1);
    String section = text.substring(start, next < 0 ? text.length() : next);
    Map<String, Line> lines = new LinkedHashMap<>();
    for (String line : section.split("\n")) {
      if (line.startsWith("| `")) {
        String[] cells = line.substring(1).split("\\|");
        assertThat(cells).as(line).hasSize(6);
        Arrays.setAll(cells, i -> cells[i].strip());
        String key = cells[0].replace("`", "");
        assertThat(lines).as("twice in the document").doesNotContainKey(key);
        lines.put(key, new Line(key, cells[1], cells[2], cells[4]));
        assertThat(cells[5]).as("meaning of " + key).endsWith(".");
      }
    }
    return lines;
  }

  /** Keys of a settings tree with their defaults; data and texts without one must be given. */
  private static Map<String, String> defaults(String path, JsonNode tree) {
    Map<String, String> found = new LinkedHashMap<>();
    tree.fields()
        .forEachRemaining(
            field -> {
              String key = path + field.getKey();
              JsonNode value = field.getValue();
              if (value.isObject()) {
                found.putAll(defaults(key + ".", value));
              } else {
                boolean given = List.of("run", "runs", "data.sources").contains(key);
                boolean none = value.isArray() || value.asText().isEmpty();
                String byDefault = none ? "none" : value.asText();
                found.put(key, given ? REQUIRED : byDefault);
              }
            });
    return found;
  }

  private static Map<String, String> elements(String path, Class<?> type, String optional) {
    Map<String, String> found = new LinkedHashMap<>();
    for (RecordComponent component : type.getRecordComponents()) {
      boolean hasDefault = component.getName().equals(optional);
      found.put(
          path + component.getName(),
          hasDefault ? new DataSource("data/a", null).weight().toString() : REQUIRED);
    }
    return found;
  }

  private static Map<String, String> expectedOfRun() {
    Map<String, String> expected = defaults("", SettingsReader.tree(RunSettings.defaults()));
    expected.putAll(elements("data[].", DataSource.class, "weight"));
    expected.putAll(elements("training.workersAt[].", WorkersAt.class, ""));
    for (Family.Key key : Family.Key.values()) {
      expected.put("model." + key.label(), defaultsOf(key));
    }
    return expected;
  }

  /** One default, or each with the families that have it, the transformer's first. */
  private static String defaultsOf(Family.Key key) {
    Map<String, List<String>> families = new LinkedHashMap<>();
    List<Family> all = new ArrayList<>(List.of(Family.values()));
    Collections.rotate(all, 1);
    for (Family family : all) {
      if (family.has(key)) {
        JsonNode model = SettingsReader.tree(family(family)).get("model");
        families
            .computeIfAbsent(model.get(key.label()).asText(), v -> new ArrayList<>())
            .add(family.label());
      }
    }
    return families.size() == 1
        ? families.keySet().iterator().next()
        : families.entrySet().stream()
            .map(e -> e.getKey() + " (" + String.join(", ", e.getValue()) + ")")
            .collect(Collectors.joining(", "));
  }

  private static RunSettings family(Family family) {
    return RunSettings.read("run.yaml", RUN, List.of("model.family=" + family.label()));
  }

  private static Map<String, String> expectedOfSweep() {
    Map<String, String> expected = defaults("", SettingsReader.tree(SweepSettings.defaults()));
    expected.keySet().removeIf(key -> key.contains("."));
    expected.putAll(elements("models[].", SweepSettings.Shape.class, ""));
    expected.putAll(elements("list[].", SweepSettings.Listed.class, ""));
    for (String key : List.of("name", "layers", "heads", "width", "set")) {
      expected.put("list[]." + key, "none");
    }
    return expected;
  }

  private static Map<String, String> documented(String heading) throws IOException {
    Map<String, String> found = new LinkedHashMap<>();
    lines(heading).forEach((key, line) -> found.put(key, line.byDefault()));
    return found;
  }

  @Test
  void namesEveryKeyOfARunWithItsDefault() throws IOException {
    assertThat(documented("A run")).containsExactlyInAnyOrderEntriesOf(expectedOfRun());
  }

  @Test
  void namesEveryKeyOfASweepWithItsDefault() throws IOException {
    assertThat(documented("A sweep")).containsExactlyInAnyOrderEntriesOf(expectedOfSweep());
  }

  /** The document lists the sections of a sweep by saying that they are a run's. */
  @Test
  void sectionsOfASweepAreThoseOfARun() {
    JsonNode run = SettingsReader.tree(RunSettings.defaults());
    JsonNode sweep = SettingsReader.tree(SweepSettings.defaults());
    Set<String> sections = new TreeSet<>();
    sweep
        .fields()
        .forEachRemaining(
            field -> {
              if (field.getValue().isObject()) {
                sections.add(field.getKey());
                assertThat(field.getValue()).isEqualTo(run.get(field.getKey()));
              }
            });
    assertThat(sections)
        .containsExactlyInAnyOrder("data", "model", "training", "optimizer", "outer", "evaluation");
  }

  @Test
  void typesAreThoseOfTheRecords() throws IOException {
    assertTypes(lines("A run"), RunSettings.class);
    assertTypes(lines("A sweep"), SweepSettings.class);
  }

  private static void assertTypes(Map<String, Line> lines, Class<?> settings) {
    for (Line line : lines.values()) {
      assertThat(line.type()).as(line.key()).isEqualTo(typeOf(settings, line.key()));
    }
  }

  private static String typeOf(Class<?> settings, String key) {
    Class<?> type = settings;
    String path =
        key.replace("data[]", "DATA")
            .replace("models[]", "SHAPE")
            .replace("list[]", "LISTED")
            .replace("training.workersAt[]", "WORKERS_AT");
    for (String name : path.split("\\.")) {
      type =
          switch (name) {
            case "DATA" -> DataSource.class;
            case "SHAPE" -> SweepSettings.Shape.class;
            case "WORKERS_AT" -> WorkersAt.class;
            case "LISTED" -> SweepSettings.Listed.class;
            default -> componentType(type, name);
          };
    }
    if (type == int.class || type == long.class || type == Integer.class) {
      return "whole number";
    } else if (type == double.class || type == Double.class) {
      return "number";
    } else if (type == boolean.class) {
      return "true or false";
    }
    if (type == Map.class) {
      return "keys and values";
    }
    return type == List.class ? "list" : "text";
  }

  private static Class<?> componentType(Class<?> record, String name) {
    return Stream.of(record.getRecordComponents())
        .filter(component -> component.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getType();
  }

  static Stream<Edge> edgesOfRun() throws IOException {
    return lines("A run").values().stream().flatMap(SettingsDocumentTest::edges);
  }

  static Stream<Edge> edgesOfSweep() throws IOException {
    return lines("A sweep").values().stream()
        .filter(line -> !line.key().contains("[]"))
        .flatMap(SettingsDocumentTest::edges);
  }

  /** The bound itself and, where it is allowed, the nearest number beyond. */
  private static Stream<Edge> edges(Line line) {
    if (!line.type().contains("number")) {
      return Stream.of();
    }
    double beyond = line.type().equals("number") ? 1e-3 : 1;
    Stream.Builder<Edge> edges = Stream.builder();
    for (Matcher bound = BOUND.matcher(line.range()); bound.find(); ) {
      double limit = Double.parseDouble(bound.group(2));
      String sign = bound.group(1);
      boolean included = sign.equals("≥") || sign.equals("≤");
      edges.add(edge(line, limit, included));
      if (included) {
        edges.add(edge(line, sign.equals("≥") ? limit - beyond : limit + beyond, false));
      }
    }
    return edges.build();
  }

  private static Edge edge(Line line, double value, boolean allowed) {
    boolean whole = line.type().equals("whole number");
    return new Edge(
        line.key(), whole ? Long.toString((long) value) : Double.toString(value), allowed);
  }

  @ParameterizedTest
  @MethodSource("edgesOfRun")
  void rangesOfARunAreEnforced(Edge edge) {
    String override =
        switch (edge.key()) {
          case "data[].weight" -> "data=[{path: a, weight: " + edge.value() + "}]";
          case "training.workersAt[].workers" ->
              "training.workersAt=[{step: 20, workers: " + edge.value() + "}]";
          default -> edge.key() + "=" + edge.value();
        };
    List<String> overrides = new ArrayList<>(List.of(override));
    // A width of 1 divides into one head only.
    familyWith(edge.key())
        .ifPresent(
            family ->
                overrides.add(
                    family == Family.TRANSFORMER
                        ? "model.heads=1"
                        : "model.family=" + family.label()));
    overrides.add(override);
    judge(edge, () -> RunSettings.read("run.yaml", RUN, overrides));
  }

  /** A family that has a setting of the model, the transformer if it is one of them. */
  private static Optional<Family> familyWith(String key) {
    return Stream.concat(Stream.of(Family.TRANSFORMER), Stream.of(Family.values()))
        .filter(f -> f.keys().stream().anyMatch(k -> key.equals("model." + k.label())))
        .findFirst();
  }

  @ParameterizedTest
  @MethodSource("edgesOfSweep")
  void rangesOfASweepAreEnforced(Edge edge) {
    judge(
        edge,
        () -> SweepSettings.read("sweep.yaml", SWEEP, List.of(edge.key() + "=" + edge.value())));
  }

  private static void judge(Edge edge, Runnable read) {
    if (edge.allowed()) {
      assertThatCode(read::run).doesNotThrowAnyException();
    } else {
      assertThatThrownBy(read::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(edge.key().replace("[]", ""));
    }
  }

  @Test
  void namedChoicesAreAccepted() throws IOException {
    Map<String, Line> lines = lines("A run");
    for (String key :
        List.of(
            "data.documents",
            "model.family",
            "model.architecture",
            "model.norm",
            "model.mlp",
            "training.precision",
            "training.recompute",
            "optimizer.schedule")) {
      for (String choice : lines.get(key).range().split(", ")) {
        assertThatCode(() -> RunSettings.read("run.yaml", RUN, List.of(key + "=" + choice)))
            .doesNotThrowAnyException();
      }
      assertThatThrownBy(() -> RunSettings.read("run.yaml", RUN, List.of(key + "=other")))
          .hasMessageContaining(key);
    }
  }

  /** Which of them can be had depends on the JVM and its class path. */
  @Test
  void namedKernelsAreThoseThereAre() throws IOException {
    String[] names = lines("A run").get("training.kernels").range().split(", ");
    assertThat(names).allMatch(Kernels::isKnown);
    assertThat(Kernels.choices().split(", | or ")).containsExactlyInAnyOrder(names);
  }

  @Test
  void rangesHaveEdgesToTest() throws IOException {
    assertThat(edgesOfRun()).hasSizeGreaterThan(40);
    assertThat(edgesOfSweep()).hasSizeGreaterThan(8);
  }

  @Test
  void tableOfShapesIsTheOneThatSweepsUse() throws IOException {
    String text = Files.readString(DOCUMENT);
    String section = text.substring(text.indexOf("\n### Shapes\n"));
    List<SweepSettings.Shape> shapes =
        section
            .lines()
            .filter(line -> line.matches("\\| \\d+ \\| \\d+ \\| \\d+ \\|.*"))
            .map(line -> line.split("\\|"))
            .map(
                cells -> new SweepSettings.Shape(whole(cells[2]), whole(cells[3]), whole(cells[1])))
            .toList();
    assertThat(shapes).isEqualTo(ShapeTable.SHAPES);
  }

  private static int whole(String cell) {
    return Integer.parseInt(cell.strip());
  }
}
