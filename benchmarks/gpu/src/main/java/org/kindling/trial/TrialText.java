package org.kindling.trial;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.kindling.model.TokenBatch;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/**
 * What is learned: a file that the user names, or the pages in {@code docs}, which need no network.
 *
 * @param source as the table names it
 * @param tokens of its bytes
 */
record TrialText(String source, int[] tokens) {
  /** Of the tokenizer of bytes. */
  static final int VOCABULARY = 257;

  /** Fewer hold no batch. */
  private static final int FEWEST_TOKENS = 10_000;

  static TrialText of(Setting setting) throws IOException {
    return setting.text() == null
        ? ofPages(Path.of(setting.home(), "docs"))
        : of(setting.text(), Files.readString(Path.of(setting.text())));
  }

  private static TrialText ofPages(Path directory) throws IOException {
    List<Path> pages = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.md")) {
      found.forEach(pages::add);
    }
    Collections.sort(pages);
    StringBuilder text = new StringBuilder();
    for (Path page : pages) {
      text.append(Files.readString(page));
    }
    return of("docs/*.md of this repository", text.toString());
  }

  private static TrialText of(String source, String text) {
    int[] tokens = tokenizer().encode(text);
    if (tokens.length < FEWEST_TOKENS) {
      throw new IllegalArgumentException(
          source
              + ": has "
              + tokens.length
              + " bytes, expected at least "
              + FEWEST_TOKENS
              + "; give another text with --text");
    }
    return new TrialText(source, tokens);
  }

  static Tokenizer tokenizer() {
    return Tokenizers.named("byte").orElseThrow();
  }

  /** The same sequences for the same seed. */
  TokenBatch batch(Shape shape, long seed) {
    Random random = new Random(seed);
    int context = shape.model().context();
    int[] inputs = new int[shape.batch() * context];
    int[] targets = new int[inputs.length];
    for (int s = 0; s < shape.batch(); s++) {
      int start = random.nextInt(tokens.length - context);
      System.arraycopy(tokens, start, inputs, s * context, context);
      System.arraycopy(tokens, start + 1, targets, s * context, context);
    }
    return new TokenBatch(shape.batch(), context, inputs, targets);
  }
}
