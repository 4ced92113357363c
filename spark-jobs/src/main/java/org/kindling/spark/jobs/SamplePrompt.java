package org.kindling.spark.jobs;

import java.util.ArrayList;
import java.util.List;
import org.kindling.tokenizer.Tokenizer;

/**
 * A text to go on from.
 *
 * @param name of the option that gave it
 * @param number among all, from 1
 * @param ids its tokens; for an empty text the end of another document, after which one starts
 */
record SamplePrompt(String name, int number, String text, int[] ids, Tokenizer tokenizer) {
  /**
   * @throws IllegalArgumentException if the tokenizer cannot encode a text
   */
  static List<SamplePrompt> of(List<String> texts, Tokenizer tokenizer) {
    List<SamplePrompt> prompts = new ArrayList<>();
    for (String text : texts) {
      int number = prompts.size() + 1;
      String name = texts.size() == 1 ? "--prompt" : "--prompt " + number;
      prompts.add(new SamplePrompt(name, number, text, ids(name, text, tokenizer), tokenizer));
    }
    return prompts;
  }

  private static int[] ids(String name, String text, Tokenizer tokenizer) {
    int[] ids = encoded(name, text, tokenizer);
    if (ids.length > 0) {
      return ids;
    }
    int end =
        tokenizer
            .endOfText()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        name
                            + ": is empty, and a "
                            + tokenizer.kind()
                            + " tokenizer has no end of text to start from; give some text"));
    return new int[] {end};
  }

  private static int[] encoded(String name, String text, Tokenizer tokenizer) {
    try {
      return tokenizer.encode(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }
}
