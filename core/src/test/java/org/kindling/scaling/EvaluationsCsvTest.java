package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluationsCsvTest {
  private static final EvaluationRow SMALL =
      new EvaluationRow(
          "small, \"tied\"",
          "transformer",
          200,
          91_000,
          32_768,
          1.8e6,
          9.8e11,
          3.9125,
          2.02,
          0.013,
          true,
          null);
  private static final EvaluationRow BIGRAM =
      new EvaluationRow(
          "bigram", "bigram", -1, 262_144, Double.NaN, 2e7, Double.NaN, 4.1, Double.NaN, true);

  @Test
  void readsWhatItWrote() throws IOException {
    StringBuilder out = new StringBuilder();
    EvaluationsCsv.write(out, List.of(SMALL, BIGRAM));
    List<EvaluationRow> rows = read(out.toString());
    assertThat(rows.get(0)).isEqualTo(SMALL);
    assertThat(rows.get(1).run()).isEqualTo("bigram");
    assertThat(rows.get(1).step()).isEqualTo(-1);
    assertThat(rows.get(1).embeddingParameters()).isNaN();
    assertThat(rows.get(1).flops()).as("6ND means nothing for counts").isNaN();
    assertThat(rows.get(1).bitsPerByte()).isNaN();
    assertThat(rows.get(1).standardError()).isNaN();
  }

  @Test
  void writesTheDocumentedHeader() throws IOException {
    StringBuilder out = new StringBuilder();
    EvaluationsCsv.write(out, List.of(SMALL));
    assertThat(out.toString())
        .isEqualTo(
            "run,family,step,parameters,embeddingParameters,tokens,flops,loss,bitsPerByte,"
                + "standardError,final,"
                + "layers,heads,width,context,vocabulary\n"
                + "\"small, \"\"tied\"\"\",transformer,200,91000,32768,1800000,980000000000,3.9125,"
                + "2.02,0.013,true,,,,,\n");
  }

  @Test
  void readsAnyOrderOfColumnsWithDefaultsForTheRest() throws IOException {
    EvaluationRow row = read("\uFEFFloss, tokens ,extra,parameters\r\n3.5,1e6,x,1e4\r\n").get(0);
    assertThat(row.loss()).isEqualTo(3.5);
    assertThat(row.flops()).isEqualTo(6e10);
    assertThat(row.isFinal()).isTrue();
    assertThat(row.run()).isEqualTo("row 2");
    assertThat(row.family()).isEmpty();
    assertThat(row.embeddingParameters()).isNaN();
  }

  @Test
  void baselinesNeedOnlyALoss() throws IOException {
    EvaluationRow row = read("family,parameters,tokens,loss\nunigram,,,6.1\n").get(0);
    assertThat(row.isBaseline()).isTrue();
    assertThat(row.parameters()).isNaN();
    assertThat(row.flops()).isNaN();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1e4,1e6,3.5,true;1e4,0,3.5,true|row 3, column tokens: found '0', expected a positive number",
        "-1,1e6,3.5,true|row 2, column parameters: found '-1', expected a positive number",
        "1e4,1e6,NaN,true|row 2, column loss: found 'NaN', expected a positive number",
        "1e4,1e6,three,true|row 2, column loss: found 'three', expected a number",
        "1e4,1e6,,true|row 2, column loss: found '', expected a number",
        "1e4,1e400,3,true|row 2, column tokens: found '1e400', expected a positive number",
        "1e4,1e6,3,maybe|row 2, column final: found 'maybe', expected true or false",
        "1e4,1e6,3|row 2: found 3 cells, expected 4 as in the header",
      })
  void namesRowAndColumnOfABadCell(String lines, String message) {
    String csv = "parameters,tokens,loss,final\n" + lines.replace(';', '\n') + "\n";
    assertThatThrownBy(() -> read(csv))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("points.csv, " + message);
  }

  @Test
  void namesTheMissingColumnAndWhatIsThere() {
    assertThatThrownBy(() -> read("parameters,loss,N\n1,2,3\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "points.csv: no column 'tokens', found parameters,loss,N;"
                + " needed are parameters, tokens, loss");
  }

  @Test
  void refusesEmptyFilesDuplicateColumnsAndBrokenQuotes() {
    assertThatThrownBy(() -> read(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("points.csv: no column 'parameters'");
    assertThatThrownBy(() -> read("parameters,tokens,loss\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no rows");
    assertThatThrownBy(() -> read("parameters,tokens,loss,loss\n1,2,3,4\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("points.csv, row 1");
    assertThatThrownBy(() -> read("parameters,tokens,loss\n1,2,\"3\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("points.csv: not a CSV file");
  }

  private static List<EvaluationRow> read(String csv) throws IOException {
    return EvaluationsCsv.read(new StringReader(csv), "points.csv");
  }
}
