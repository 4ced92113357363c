package org.kindling.spark.cluster;

import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.kindling.storage.Lease;
import org.kindling.storage.LeaseHeldException;
import org.kindling.storage.Storage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a driver leaves behind whose host has fallen silent: a standalone Master learns nothing of
 * it, and its application goes on holding the cores that whoever takes over needs.
 */
public final class DeadDriver {
  private static final Logger LOG = LoggerFactory.getLogger(DeadDriver.class);

  private DeadDriver() {}

  /**
   * Ends the application of the last driver of a run, if that one has let its lease run out: it may
   * not write any more, whatever has become of it.
   *
   * @throws LeaseHeldException if it lives
   */
  public static void end(JavaSparkContext spark, Storage storage, Path run) throws IOException {
    Optional<String> application = Lease.orphan(storage, run);
    if (application.isEmpty() || application.get().equals(spark.sc().applicationId())) {
      return;
    }
    try {
      if (MasterCores.end(spark.getConf().get("spark.master"), application.get())) {
        LOG.info(
            "ended {}, the application of the driver that this one takes over from",
            application.get());
      }
    } catch (IOException e) {
      // There may be cores enough beside those it holds; if not, that is what the user is told.
      LOG.warn(
          "the application of the driver before, {}, could not be ended: {}",
          application.get(),
          e.getMessage());
    }
  }
}
