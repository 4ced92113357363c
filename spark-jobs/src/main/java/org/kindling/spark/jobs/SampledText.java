package org.kindling.spark.jobs;

import java.util.List;
import java.util.function.Consumer;
import org.kindling.evaluation.Generation;
import org.kindling.evaluation.TextStream;
import org.kindling.tokenizer.Tokenizer;

/** One text that {@code kindling sample} writes: tokens come in, bytes go out. */
final class SampledText implements Generation.Output {
  private final SamplePrompt prompt;
  private final int continuation;
  private final Tokenizer tokenizer;
  private final TextStream stream;
  private final Runnable whenEnded;
  private int tokens;
  private Generation.Ending ending;

  /**
   * @param continuation of the prompt, from 0
   * @param stops strings that end the text
   * @param out receives the bytes that follow the prompt
   * @param whenEnded called once they are all there
   */
  SampledText(
      SamplePrompt prompt,
      int continuation,
      List<String> stops,
      Consumer<byte[]> out,
      Runnable whenEnded) {
    this.prompt = prompt;
    this.continuation = continuation;
    this.tokenizer = prompt.tokenizer();
    this.stream = new TextStream(stops, out);
    this.whenEnded = whenEnded;
  }

  Generation.Request request() {
    return new Generation.Request(prompt.ids(), continuation, this);
  }

  @Override
  public void shortened(int promptTokens) {
    if (continuation == 0) {
      System.err.println(
          prompt.name()
              + ": has "
              + prompt.ids().length
              + " tokens, more than the model's context; it reads the last "
              + promptTokens);
    }
  }

  @Override
  public boolean accept(int token) {
    tokens++;
    return stream.append(tokenizer.decode(new int[] {token}));
  }

  @Override
  public void end(Generation.Ending ending) {
    this.ending = ending;
    if (ending != Generation.Ending.STOP) {
      stream.end();
    }
    whenEnded.run();
  }

  SamplePrompt prompt() {
    return prompt;
  }

  int continuation() {
    return continuation;
  }

  /** Tokens drawn, those of a stop string included. */
  int tokens() {
    return tokens;
  }

  /** Null while the text is being written. */
  Generation.Ending ending() {
    return ending;
  }
}
