package org.kindling.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class SilentHostsTest {
  private static SparkConf completed(String... pairs) {
    SparkConf conf = new SparkConf(false);
    for (int i = 0; i < pairs.length; i += 2) {
      conf.set(pairs[i], pairs[i + 1]);
    }
    SilentHosts.complete(conf);
    return conf;
  }

  @Test
  void hostIsGivenUpAfterHalfAMinuteAndASilentDriverAfterAMinute() {
    SparkConf conf = completed();
    assertThat(conf.get(SilentHosts.LOST)).isEqualTo("30s");
    assertThat(conf.get(SilentHosts.CHECK)).isEqualTo("5s");
    assertThat(conf.get(SilentHosts.FETCH)).isEqualTo("60s");
    assertThat(conf.get(SilentHosts.CONNECT)).isEqualTo("10s");
    assertThat(conf.get(SilentHosts.HEARTBEAT)).isEqualTo("5s");
    assertThat(conf.get(SilentHosts.FAILURES)).isEqualTo("12");
    // Questions to a busy process keep Spark's patience.
    assertThat(conf.contains(SilentHosts.NETWORK)).isFalse();
  }

  @Test
  void whatTheUserGivesWins() {
    SparkConf conf = completed(SilentHosts.LOST, "77s", SilentHosts.FAILURES, "3");
    assertThat(conf.get(SilentHosts.LOST)).isEqualTo("77s");
    assertThat(conf.get(SilentHosts.FAILURES)).isEqualTo("3");
    assertThat(conf.get(SilentHosts.CHECK)).isEqualTo("5s");
  }

  @Test
  void givenNetworkTimeoutIsTheTime() {
    SparkConf conf = completed(SilentHosts.NETWORK, "10min");
    assertThat(conf.getTimeAsSeconds(SilentHosts.LOST, "")).isEqualTo(600);
    assertThat(conf.getTimeAsSeconds(SilentHosts.FETCH, "")).isEqualTo(1200);
    SparkConf brief = completed(SilentHosts.NETWORK, "6s", SilentHosts.HEARTBEAT, "1s");
    assertThat(brief.get(SilentHosts.LOST)).isEqualTo("6s");
    assertThat(brief.get(SilentHosts.CHECK)).isEqualTo("1s");
    assertThat(brief.get(SilentHosts.FAILURES)).isEqualTo("12");
  }

  /** Spark refuses heartbeats that are rarer than what is waited for them. */
  @Test
  void rareHeartbeatsAreWaitedFor() {
    SparkConf conf = completed(SilentHosts.HEARTBEAT, "1min");
    assertThat(conf.getTimeAsSeconds(SilentHosts.LOST, "")).isEqualTo(360);
    assertThat(conf.get(SilentHosts.FAILURES)).isEqualTo("12");
  }
}
