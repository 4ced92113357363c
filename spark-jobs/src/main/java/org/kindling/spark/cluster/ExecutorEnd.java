package org.kindling.spark.cluster;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.SparkContext$;
import org.apache.spark.SparkEnv;
import org.apache.spark.scheduler.ExecutorLossReason;
import org.apache.spark.scheduler.cluster.CoarseGrainedClusterMessages.RemoveExecutor;
import org.apache.spark.scheduler.cluster.CoarseGrainedSchedulerBackend;
import org.apache.spark.util.RpcUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends an executor whose process cannot compute any more, so that the cluster starts another in its
 * place. The driver is told first, by the message that Spark's own executors send when they give
 * up: it fails their tasks with the reason, starts no more on this one, and tells it to stop. Were
 * it to learn of the end later, it would try the failed task again right here. Thread-safe.
 */
final class ExecutorEnd {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorEnd.class);

  /** For Spark's own way of stopping, which native code may keep waiting for ever. */
  private static final long GRACE_MILLIS = 10_000;

  static final String THREAD = "kindling-executor-end";

  private static final int STATUS = 1;
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private ExecutorEnd() {}

  /**
   * Ends this executor; does nothing on the driver and where all runs in one process.
   *
   * @param reason in one line
   */
  static void begin(String reason) {
    SparkEnv environment = SparkEnv.get();
    if (environment == null
        || environment.executorId().equals(SparkContext$.MODULE$.DRIVER_IDENTIFIER())
        || !BEGUN.compareAndSet(false, true)) {
      return;
    }
    LOG.error("executor {} ends, another takes its place: {}", environment.executorId(), reason);
    Thread end = new Thread(ExecutorEnd::halt, THREAD);
    end.setDaemon(true);
    end.start();
    try {
      RpcUtils.makeDriverRef(
              CoarseGrainedSchedulerBackend.ENDPOINT_NAME(),
              environment.conf(),
              environment.rpcEnv())
          .send(new RemoveExecutor(environment.executorId(), new ExecutorLossReason(reason)));
    } catch (RuntimeException e) {
      LOG.warn("executor {}: the driver cannot be told", environment.executorId(), e);
    }
  }

  private static void halt() {
    try {
      Thread.sleep(GRACE_MILLIS);
    } catch (InterruptedException e) {
      LOG.warn("interrupted while the executor was ending");
    }
    Runtime.getRuntime().halt(STATUS);
  }
}
