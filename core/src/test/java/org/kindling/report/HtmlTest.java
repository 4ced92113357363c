package org.kindling.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.kindling.scaling.Numbers;

class HtmlTest {
  @Test
  void setsFormulasAfterEscaping() {
    assertThat(Html.prose("N_opt ∝ C^0.44, <b> C^a"))
        .isEqualTo(
            "<i>N</i><sub>opt</sub> ∝ <i>C</i><sup>0.44</sup>, &lt;b&gt; <i>C</i><sup>a</sup>");
    assertThat(Html.prose("run ABC^2_opt")).isEqualTo("run ABC^2_opt");
  }

  @Test
  void scriptsCannotBeEndedFromWithin() {
    assertThat(Html.scriptJson("\"</script><!--\"")).isEqualTo("\"\\u003c/script>\\u003c!--\"");
    assertThat(Html.scriptCode("a='</SCRIPT>';b='<!--'")).isEqualTo("a='<\\/SCRIPT>';b='<\\!--'");
  }

  @Test
  void writesNumbersAsPeopleReadThem() {
    assertThat(Numbers.power(1e12)).isEqualTo("10¹²");
    assertThat(Numbers.power(3.2e-5)).isEqualTo("3.2·10⁻⁵");
    assertThat(Numbers.scientific(9e12)).isEqualTo("9.00·10¹²");
    assertThat(Numbers.compact(91_234)).isEqualTo("91.2 k");
    assertThat(Numbers.compact(999_900)).isEqualTo("1.00 M");
    assertThat(Numbers.compact(512)).isEqualTo("512");
    assertThat(Numbers.significant(0.34001, 4)).isEqualTo("0.3400");
    assertThat(Numbers.significant(0, 3)).isEqualTo("0");
    assertThat(Numbers.compact(Double.NaN)).isEqualTo("–");
  }
}
