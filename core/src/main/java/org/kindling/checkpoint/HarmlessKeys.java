package org.kindling.checkpoint;

import java.util.List;
import java.util.stream.Stream;

/** Keys of {@code config.json} that change nothing of what a model computes for given tokens. */
final class HarmlessKeys {
  private static final List<String> DESCRIPTION =
      List.of(
          "transformers_version",
          "dtype",
          "torch_dtype",
          "torchscript",
          "name_or_path",
          "tokenizer_class",
          "prefix",
          "task_specific_params",
          "finetuning_task",
          "problem_type",
          "max_sequence_length",
          "id2label",
          "label2id",
          "num_labels",
          "unsloth_version",
          "unsloth_fixed");

  /** How transformers computes the same, or what it returns beside it. */
  private static final List<String> COMPUTING =
      List.of(
          "use_cache",
          "use_return_dict",
          "return_dict",
          "output_attentions",
          "output_hidden_states",
          "chunk_size_feed_forward",
          "gradient_checkpointing",
          "attn_implementation",
          "use_bfloat16",
          "pretraining_tp",
          "reorder_and_upcast_attn",
          "is_decoder",
          "tie_encoder_decoder",
          "cross_attention_hidden_size",
          "tf_legacy_loss");

  /** Dropout and initialisation concern training, and training here has its own settings. */
  private static final List<String> TRAINING =
      List.of(
          "initializer_range",
          "attention_dropout",
          "resid_pdrop",
          "embd_pdrop",
          "attn_pdrop",
          "summary_type",
          "summary_use_proj",
          "summary_activation",
          "summary_proj_to_labels",
          "summary_first_dropout");

  /** What older versions kept here for generate(), which now has generation_config.json. */
  private static final List<String> GENERATION =
      List.of(
          "pad_token_id",
          "sep_token_id",
          "decoder_start_token_id",
          "max_length",
          "max_new_tokens",
          "min_length",
          "do_sample",
          "early_stopping",
          "num_beams",
          "num_beam_groups",
          "diversity_penalty",
          "temperature",
          "top_k",
          "top_p",
          "typical_p",
          "repetition_penalty",
          "length_penalty",
          "no_repeat_ngram_size",
          "encoder_no_repeat_ngram_size",
          "bad_words_ids",
          "num_return_sequences",
          "output_scores",
          "return_dict_in_generate",
          "forced_bos_token_id",
          "forced_eos_token_id",
          "remove_invalid_values",
          "exponential_decay_length_penalty",
          "suppress_tokens",
          "begin_suppress_tokens");

  static final List<String> ALL =
      Stream.of(DESCRIPTION, COMPUTING, TRAINING, GENERATION).flatMap(List::stream).toList();

  private HarmlessKeys() {}
}
