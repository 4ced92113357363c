package org.kindling.settings;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.corpus.DatasetManifest;
import org.kindling.scaling.Allocation;
import org.kindling.scaling.BudgetCurve;
import org.kindling.scaling.EnvelopeFit;
import org.kindling.scaling.EvaluationsCsv;
import org.kindling.scaling.Exclusion;
import org.kindling.scaling.FamilyCurve;
import org.kindling.scaling.FitSettings;
import org.kindling.scaling.FormFit;
import org.kindling.scaling.HeldOut;
import org.kindling.scaling.IsoFlopFit;
import org.kindling.scaling.KaplanFit;
import org.kindling.scaling.LeastAbsoluteFit;
import org.kindling.scaling.LossPredictor;
import org.kindling.scaling.ParametricFit;
import org.kindling.scaling.PowerFit;
import org.kindling.scaling.ProfileCurve;
import org.kindling.scaling.Residual;
import org.kindling.scaling.RollingCheck;
import org.kindling.scaling.ScalingFit;
import org.kindling.training.Decision;
import org.kindling.training.RoundMetrics;
import org.kindling.training.SourceMetrics;

/** Holds docs/formats.md to the code: each table names the keys of its JSON. */
class FormatsDocumentTest {
  private static final Path DOCUMENT = Path.of("../docs/formats.md");
  private static final ObjectMapper JSON = new ObjectMapper();

  static Stream<Arguments> tables() {
    return Stream.of(
        Arguments.of("### `manifest.json` of a dataset", DatasetManifest.class),
        Arguments.of("`tokenizer`:", DatasetManifest.TokenizerEntry.class),
        Arguments.of("`options`:", DatasetManifest.Options.class),
        Arguments.of("A split:", DatasetManifest.SplitEntry.class),
        Arguments.of("A shard:", DatasetManifest.Shard.class),
        Arguments.of("### `metrics.jsonl`", RoundMetrics.class),
        Arguments.of("### `decisions.jsonl`", Decision.class),
        Arguments.of("An entry of `sources`:", SourceMetrics.class),
        Arguments.of("### `manifest.json` of a checkpoint", CheckpointManifest.class),
        Arguments.of("## `fit.json`", ScalingFit.class),
        Arguments.of("`settings`:", FitSettings.class),
        Arguments.of("`parametric`:", ParametricFit.class),
        Arguments.of("`leastAbsolute`:", LeastAbsoluteFit.class),
        Arguments.of("An entry of `forms`, each fitted like `leastAbsolute`:", FormFit.class),
        Arguments.of("`power`:", PowerFit.class),
        Arguments.of("`kaplan`:", KaplanFit.class),
        Arguments.of("`rolling`:", RollingCheck.class),
        Arguments.of("A cutoff of `rolling`:", RollingCheck.Cutoff.class),
        Arguments.of("`prediction`:", LossPredictor.class),
        Arguments.of("An entry of `profiles`:", ProfileCurve.class),
        Arguments.of("An entry of `residuals`:", Residual.class),
        Arguments.of("An entry of `families`:", FamilyCurve.class),
        Arguments.of("`isoflop`:", IsoFlopFit.class),
        Arguments.of("A budget of `isoflop`:", BudgetCurve.class),
        Arguments.of("`envelope`:", EnvelopeFit.class),
        Arguments.of("An entry of `optimal`:", Allocation.class),
        Arguments.of("`heldOut`:", HeldOut.class),
        Arguments.of("An entry of `excluded`:", Exclusion.class));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void tableNamesTheKeys(String above, Class<?> written) throws IOException {
    assertThat(firstColumnBelow(above)).containsExactlyInAnyOrderElementsOf(keys(written));
  }

  @Test
  void tableNamesTheColumnsOfEvaluations() throws IOException {
    assertThat(firstColumnBelow("## Evaluations")).isEqualTo(EvaluationsCsv.COLUMNS);
  }

  @Test
  void goldenIndexIsTheOneThatTheWriterIsTestedWith() throws IOException {
    String text = Files.readString(DOCUMENT);
    String shown = text.substring(text.indexOf(".idx  4d4d") + 6);
    shown = shown.substring(0, shown.indexOf("```")).replaceAll("\\s", "");
    String golden =
        Files.readString(Path.of("src/test/resources/golden/two-documents-u16.idx.hex"))
            .replaceAll("\\s", "");
    assertThat(shown).isEqualTo(golden);
    assertThat(HexFormat.of().parseHex(shown)).hasSize(82);
  }

  private static List<String> keys(Class<?> type) {
    BeanDescription description =
        JSON.getSerializationConfig().introspect(JSON.constructType(type));
    return description.findProperties().stream()
        .filter(BeanPropertyDefinition::couldSerialize)
        .map(BeanPropertyDefinition::getName)
        .collect(Collectors.toList());
  }

  /** Names in the first table after a line. */
  private static List<String> firstColumnBelow(String line) throws IOException {
    List<String> lines = Files.readAllLines(DOCUMENT);
    int at = lines.indexOf(line);
    assertThat(at).as("line '%s'", line).isNotNegative();
    List<String> names = new ArrayList<>();
    for (int i = at + 1; i < lines.size(); i++) {
      if (lines.get(i).startsWith("| `")) {
        names.add(lines.get(i).split("`")[1]);
      } else if (!names.isEmpty()) {
        break;
      }
    }
    return names;
  }
}
