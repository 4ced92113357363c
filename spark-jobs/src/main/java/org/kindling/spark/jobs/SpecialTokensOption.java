package org.kindling.spark.jobs;

import org.kindling.tokenizer.SpecialTokens;
import picocli.CommandLine.Option;

/** The option that says what text like {@code <|endoftext|>} becomes. */
final class SpecialTokensOption {
  @Option(
      names = "--special-tokens",
      paramLabel = "refuse|ordinary|allow",
      defaultValue = "refuse",
      description =
          "What text like <|endoftext|> becomes: an error, the tokens of its characters, or the"
              + " special token (default: ${DEFAULT-VALUE}).")
  private SpecialTokens specialTokens;

  SpecialTokens value() {
    return specialTokens;
  }
}
