package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Precision;
import org.kindling.kernels.Sequences;

/** What can be known of kernels for GPUs without one. */
class FusedAttentionTest {
  @BeforeAll
  static void load() {
    Natives.load();
  }

  /** The arguments are given by position. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CPU | query, key, value, dropout_p, is_causal, attn_mask, scale",
        "FLASH | query, key, value, dropout_p, is_causal, return_debug_mask, scale",
        "EFFICIENT | query, key, value, attn_bias, compute_log_sumexp, dropout_p, is_causal, scale"
      })
  void forwardHasTheArgumentsThatItIsGiven(FusedAttention fused, String names) {
    assertThat(names(fused.operator)).isEqualTo(names);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CPU | grad_out, query, key, value, out, logsumexp, dropout_p, is_causal, attn_mask, scale",
        "FLASH | grad_out, query, key, value, out, logsumexp, cum_seq_q, cum_seq_k, max_q, max_k,"
            + " dropout_p, is_causal, philox_seed, philox_offset, scale",
        "EFFICIENT | grad_out_, query, key, value, attn_bias, out, logsumexp, philox_seed,"
            + " philox_offset, dropout_p, grad_input_mask, is_causal, scale"
      })
  void backwardHasTheArgumentsThatItIsGiven(FusedAttention fused, String names) {
    assertThat(names(fused.operator + "_backward")).isEqualTo(names);
  }

  private static String names(String operator) {
    String schema = torch.toString(Operators.handle(operator).schema()).getString();
    return schema
        .substring(schema.indexOf('(') + 1, schema.indexOf(" -> ") - 1)
        .replace("*, ", "")
        .replaceAll("\\w+(\\[\\d*])?\\?? (\\w+)(=[^,]*)?", "$2");
  }

  @Test
  void operatorThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> Operators.handle("_no_such_attention"))
        .hasMessageContaining("_no_such_attention");
  }

  private static FusedAttention chosen(Precision precision, boolean flash, Heads heads) {
    return new TorchAttention.Setting(TorchDevice.gpu(0), precision, flash)
        .fused(Sequences.whole(2, 64), heads);
  }

  @Test
  void gpusTakeTheKernelThatTheirCardAndHeadsAllow() {
    Heads plain = new Heads(4, 2, 64, 0);
    assertThat(chosen(Precision.BF16, true, plain)).isEqualTo(FusedAttention.FLASH);
    assertThat(chosen(Precision.BF16, false, plain)).isEqualTo(FusedAttention.EFFICIENT);
    assertThat(chosen(Precision.FP32, true, plain)).isEqualTo(FusedAttention.EFFICIENT);
    Heads window = new Heads(4, 2, 64, 16);
    assertThat(chosen(Precision.BF16, true, window)).isEqualTo(FusedAttention.EFFICIENT);
    assertThat(chosen(Precision.BF16, true, new Heads(4, 20))).isNull();
    assertThat(chosen(Precision.BF16, true, new Heads(4, 512))).isNull();
  }

  @Test
  void memoryIsLinearInTheContextWhereAKernelIsFused() {
    Heads heads = new Heads(4, 2, 64, 0);
    TorchAttention.Setting gpu =
        new TorchAttention.Setting(TorchDevice.gpu(0), Precision.BF16, true);
    long some = TorchAttention.memory(Sequences.whole(2, 1024), heads, gpu);
    assertThat(TorchAttention.memory(Sequences.whole(2, 2048), heads, gpu)).isEqualTo(2 * some);
    Heads odd = new Heads(4, 20);
    long square = TorchAttention.memory(Sequences.whole(2, 1024), odd, gpu);
    assertThat(TorchAttention.memory(Sequences.whole(2, 2048), odd, gpu)).isEqualTo(4 * square);
  }
}
