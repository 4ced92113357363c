package org.kindling.spark.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long a job waits for hosts that have fallen silent: machines that lost power or network, from
 * which no connection is ever closed. By Spark's defaults an executor on one is missed after two to
 * three minutes, what is being fetched from it after two more, and executors of a silent driver
 * hold their cores for ten. What the user gives wins, key by key.
 */
final class SilentHosts {
  private static final Logger LOG = LoggerFactory.getLogger(SilentHosts.class);

  static final String NETWORK = "spark.network.timeout";
  static final String HEARTBEAT = "spark.executor.heartbeatInterval";
  static final String LOST = "spark.storage.blockManagerHeartbeatTimeoutMs";
  static final String CHECK = "spark.network.timeoutInterval";
  static final String FAILURES = "spark.executor.heartbeat.maxFailures";
  static final String FETCH = "spark.shuffle.io.connectionTimeout";
  static final String CONNECT = "spark.shuffle.io.connectionCreationTimeout";
  static final String RPC_CONNECT = "spark.rpc.io.connectionCreationTimeout";
  static final String LOOKUP = "spark.rpc.lookupTimeout";

  private static final long SILENCE_SECONDS = 30;
  private static final long BEATS = 6;

  private SilentHosts() {}

  /**
   * Sets what the user has not set. All derives from one time: {@code spark.network.timeout} where
   * that is given, else 30 s, or six heartbeats where these are given and longer. {@code
   * spark.network.timeout} itself is left alone: it is also how long a question to a busy process
   * may take.
   */
  static void complete(SparkConf conf) {
    settings(conf).forEach(conf::setIfMissing);
    LOG.info(
        "silent hosts: an executor is given up after {} s, a connection after {} s; executors of a"
            + " silent driver end after {} s ({}, {}, {})",
        conf.getTimeAsSeconds(LOST, ""),
        conf.getTimeAsSeconds(FETCH, ""),
        conf.getTimeAsSeconds(HEARTBEAT, "") * Long.parseLong(conf.get(FAILURES)),
        LOST,
        FETCH,
        FAILURES);
  }

  static Map<String, String> settings(SparkConf conf) {
    long silence =
        conf.contains(NETWORK)
            ? conf.getTimeAsSeconds(NETWORK, "")
            : Math.max(SILENCE_SECONDS, BEATS * seconds(conf, HEARTBEAT, 0));
    long beat = seconds(conf, HEARTBEAT, Math.max(1, silence / BEATS));
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(HEARTBEAT, beat + "s");
    settings.put(LOST, silence + "s");
    settings.put(CHECK, Math.max(1, silence / BEATS) + "s");
    // A driver that pauses for as long as an executor may, and a little, keeps its executors.
    settings.put(FAILURES, String.valueOf(Math.max(2, 2 * silence / Math.max(1, beat))));
    // A shard on its way to the executor of its second copy is one message, during which nothing
    // comes back: at 200 MB and 30 Mbit/s it needs this long.
    settings.put(FETCH, 2 * silence + "s");
    settings.put(CONNECT, Math.max(5, silence / 3) + "s");
    settings.put(RPC_CONNECT, Math.max(5, silence / 3) + "s");
    // An executor that a Master starts for a driver that is gone.
    settings.put(LOOKUP, silence + "s");
    return settings;
  }

  private static long seconds(SparkConf conf, String key, long missing) {
    return conf.contains(key) ? Math.max(1, conf.getTimeAsMs(key, "") / 1000) : missing;
  }
}
