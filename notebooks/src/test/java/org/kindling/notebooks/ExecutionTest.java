package org.kindling.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.scaling.FitJson;

/**
 * Runs every notebook on small files where there is a Python with Jupyter; elsewhere compiles their
 * code and says that this is all it did.
 */
class ExecutionTest {
  private static final String IMPORTS =
      "import nbconvert, ipykernel, numpy, scipy, pandas, matplotlib";

  @Test
  void notebooksRunOnSmallFiles(@TempDir Path directory) throws Exception {
    Optional<String> python = pythonWithJupyter();
    List<String> notebooks = notebooks();
    assertThat(notebooks).hasSize(3);
    if (python.isEmpty()) {
      System.out.println(
          "notebooks: NOT EXECUTED, only compiled: no Python with Jupyter in target/jupyter or on"
              + " PATH (.ci/run installs one)");
      compilesTogether(notebooks, directory);
      return;
    }
    Map<String, String> environment = SmallFiles.write(directory);
    List<String> command =
        new ArrayList<>(
            List.of(
                python.get(),
                "-m",
                "nbconvert",
                "--to",
                "notebook",
                "--execute",
                "--output-dir",
                directory.resolve("executed").toString()));
    command.addAll(notebooks);
    Python.Result result = Python.run(command, environment);
    assertThat(result.status()).as(result.said()).isZero();
    for (String notebook : notebooks) {
      everyCellRan(directory.resolve("executed").resolve(notebook));
    }
    System.out.println("notebooks: executed " + String.join(", ", notebooks));
  }

  private static void everyCellRan(Path executed) throws IOException {
    int figures = 0;
    for (JsonNode cell : new ObjectMapper().readTree(executed.toFile()).get("cells")) {
      if (cell.get("cell_type").asText().equals("code")) {
        assertThat(cell.get("execution_count").isInt()).as(cell.get("id").asText()).isTrue();
        figures += cell.get("outputs").findValues("image/png").size();
      }
    }
    assertThat(figures).as(executed.getFileName() + " draws").isPositive();
  }

  /**
   * All cells of a notebook as one program; where there is no Python at all, that they are text.
   */
  private static void compilesTogether(List<String> notebooks, Path directory) throws Exception {
    for (String notebook : notebooks) {
      StringBuilder program = new StringBuilder();
      NotebooksTest.code(Path.of(notebook)).forEach(cell -> program.append(cell).append('\n'));
      assertThat(program.toString()).contains("import numpy as np").doesNotContain("\t");
      if (Python.onPath().isPresent()) {
        assertThat(Python.compile(program.toString(), directory)).as(notebook).isEmpty();
      }
    }
  }

  private static List<String> notebooks() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("."))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".ipynb"))
          .sorted()
          .toList();
    }
  }

  private static Optional<String> pythonWithJupyter() throws Exception {
    List<String> places = new ArrayList<>();
    Path installed = Path.of("..", "target", "jupyter", "bin", "python");
    if (Files.isExecutable(installed)) {
      // Not the file it links to: only under this name does Python find what was installed.
      places.add(installed.toAbsolutePath().normalize().toString());
    }
    Python.onPath().ifPresent(places::add);
    for (String place : places) {
      if (Python.run(List.of(place, "-c", IMPORTS), Map.of()).status() == 0) {
        return Optional.of(place);
      }
    }
    return Optional.empty();
  }

  @Test
  void smallFilesAreWhatJobsWrite(@TempDir Path directory) throws Exception {
    Map<String, String> environment = SmallFiles.write(directory);
    Path evaluations = Path.of(environment.get("KINDLING_EVALUATIONS"));
    assertThat(FitJson.read(Files.readString(evaluations.resolve("fit.json")), "fit.json").family())
        .isEqualTo("transformer");
    assertThat(Path.of(environment.get("KINDLING_DATASET"), "manifest.json")).isRegularFile();
    assertThat(Path.of(environment.get("KINDLING_RUNS"), "small", "metrics.jsonl")).isRegularFile();
  }
}
