package org.kindling.evaluation;

import java.io.IOException;
import java.util.List;
import org.kindling.corpus.TokenReader;
import org.kindling.model.Predictor;

/**
 * The windows of {@link ValidationWindows} in blocks: consecutive windows of one shard that make up
 * at least {@value #PREDICTIONS} predictions, the last block of a shard what is left. A block is
 * scored in one batch, wherever that happens, so its loss has the same bits however the blocks are
 * dealt out to tasks.
 */
public final class ValidationBlocks {
  /**
   * Enough to be longer than most of what one text makes hard or easy, few enough to have a hundred
   * blocks in a small validation split.
   */
  public static final int PREDICTIONS = 2048;

  private final ValidationWindows validation;
  private final int windowsPerBlock;

  /** [shards + 1] number of each shard's first block, and of all. */
  private final long[] firstBlock;

  /** [shards + 1] number of each shard's first window, and of all. */
  private final long[] firstWindow;

  /**
   * @param shardTokens tokens of each shard of the split, in order
   * @param context predictions per window
   */
  public ValidationBlocks(List<Long> shardTokens, int context) {
    validation = new ValidationWindows(shardTokens, context);
    windowsPerBlock = (PREDICTIONS + context - 1) / context;
    firstBlock = new long[shardTokens.size() + 1];
    firstWindow = new long[shardTokens.size() + 1];
    for (int shard = 0; shard < shardTokens.size(); shard++) {
      long windows =
          new ValidationWindows(shardTokens.subList(shard, shard + 1), context).windows();
      firstWindow[shard + 1] = firstWindow[shard] + windows;
      firstBlock[shard + 1] = firstBlock[shard] + (windows + windowsPerBlock - 1) / windowsPerBlock;
    }
  }

  /** Number of blocks in the split. */
  public long blocks() {
    return firstBlock[firstBlock.length - 1];
  }

  /** Windows that are scored at once; the model must have been made for as many. */
  public int windowsPerBlock() {
    return windowsPerBlock;
  }

  /**
   * Scores one block.
   *
   * @param tokens the whole split
   * @param block 0 to {@link #blocks}, exclusive
   */
  public LossSum score(Predictor model, TokenReader tokens, long block) throws IOException {
    int shard = 0;
    while (firstBlock[shard + 1] <= block) {
      shard++;
    }
    long from = firstWindow[shard] + (block - firstBlock[shard]) * windowsPerBlock;
    long to = Math.min(firstWindow[shard + 1], from + windowsPerBlock);
    return validation.score(model, tokens, from, to, windowsPerBlock);
  }
}
