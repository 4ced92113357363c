package org.kindling.spark.tokenization;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.kindling.tokenizer.SpecialTokens;
import org.kindling.tokenizer.TokenBuffer;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/**
 * Loads a tokenizer known by name and has Java compile its encoder while Spark starts, which takes
 * a second or two and one core. Without it the first second of encoding runs uncompiled.
 */
public final class WarmUp implements AutoCloseable {
  private static final int TOKENS = 4096;

  private final String name;
  private final Thread thread;
  private volatile boolean isOver;

  private WarmUp(String name) {
    this.name = name;
    this.thread = new Thread(this::encode, "warm-up");
    thread.setDaemon(true);
  }

  /**
   * Begins, unless the only core is the one that Spark starts on.
   *
   * @param tokenizer a name; the path of a tokenizer that was trained is left alone
   */
  public static WarmUp of(String tokenizer) {
    WarmUp warmUp = new WarmUp(tokenizer);
    if (Runtime.getRuntime().availableProcessors() > 1) {
      warmUp.thread.start();
    }
    return warmUp;
  }

  private void encode() {
    Tokenizers.named(name).ifPresent(this::encode);
  }

  /** Text of random tokens, other ones every time: what is in no cache is to be compiled too. */
  private void encode(Tokenizer tokenizer) {
    SplittableRandom random = new SplittableRandom(1);
    TokenBuffer out = new TokenBuffer();
    while (!isOver) {
      int[] ids = random.ints(TOKENS, 0, Math.min(tokenizer.vocabulary(), 1 << 15)).toArray();
      byte[] text = tokenizer.decodeText(ids).getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < 4 && !isOver; i++) {
        out.clear();
        tokenizer.encode(text, 0, text.length, SpecialTokens.ORDINARY, out);
      }
    }
  }

  /** Ends it, when there is other work for the core. */
  @Override
  public void close() {
    isOver = true;
  }
}
