package org.kindling.training;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * One line of {@code metrics.jsonl}.
 *
 * @param round rounds finished, this one included
 * @param workers that took part in it
 * @param step optimizer steps finished
 * @param samples sequences seen by all workers
 * @param tokens predictions gone through, those of weight 0 included
 * @param flops spent so far, forward and backward
 * @param loss mean over the predictions of the round's steps and workers, by weight, nats per
 *     token; absent if all weights were 0
 * @param gradientNorm mean over the round's steps and workers, before clipping
 * @param learningRate of the round's last step
 * @param validationLoss nats per token after the round, absent where it was not measured or nothing
 *     is predicted; of several datasets the mean by their shares of the samples
 * @param seconds wall time of the round
 * @param averagingSeconds of that, beyond the slowest worker's training
 * @param tokensPerSecond of the round
 * @param traffic between executors; absent where there is one process
 * @param sources how far the run has come in each dataset
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RoundMetrics(
    long round,
    int workers,
    long step,
    long samples,
    long tokens,
    double flops,
    Double loss,
    double gradientNorm,
    double learningRate,
    Double validationLoss,
    double seconds,
    double averagingSeconds,
    double tokensPerSecond,
    Traffic traffic,
    List<SourceMetrics> sources) {}
