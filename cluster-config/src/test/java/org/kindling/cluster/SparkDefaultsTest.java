package org.kindling.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SparkDefaultsTest {
  private static final String TEMPLATES = "org.kindling.cluster.Template#all";
  private static final String VECTOR = "--add-modules jdk.incubator.vector";

  private static Map<String, String> withOffers(Template template) throws IOException {
    Map<String, String> all = new HashMap<>(template.offered());
    template.properties().forEach((key, value) -> all.put(key.toString(), value.toString()));
    return all;
  }

  @Test
  void thereIsATemplateForEveryMaster() throws IOException {
    assertThat(Template.all().map(Template::name))
        .containsExactly("kubernetes", "local", "standalone", "yarn");
  }

  @ParameterizedTest
  @MethodSource(TEMPLATES)
  void everyKeyIsOneThatSparkKnows(Template template) throws IOException {
    assertThat(withOffers(template).keySet()).isNotEmpty().allMatch(SparkKeys::isKnown);
  }

  @Test
  void misspelledKeyIsNoticed() {
    assertThat(SparkKeys.isKnown("spark.executor.memoryOverhead")).isTrue();
    assertThat(SparkKeys.isKnown("spark.executor.memoryOverhaed")).isFalse();
    assertThat(SparkKeys.isKnown("spark.yarn.maxAppAttempt")).isFalse();
    assertThat(SparkKeys.isKnown("spark.executorEnv")).isFalse();
  }

  @ParameterizedTest
  @MethodSource(TEMPLATES)
  void everyValueHasItsType(Template template) throws IOException {
    Map<String, String> all = withOffers(template);
    SparkConf conf = Template.conf(all);
    for (String key : all.keySet()) {
      assertThatCode(() -> SparkKeys.parse(conf, key)).as(key).doesNotThrowAnyException();
    }
    // Refuses, among others, heap sizes and Spark settings among Java options.
    assertThatCode(conf::validateSettings).doesNotThrowAnyException();
  }

  @Test
  void valueOfTheWrongTypeIsNoticed() {
    SparkConf conf = Template.conf(Map.of("spark.task.cpus", "one"));
    assertThatThrownBy(() -> SparkKeys.parse(conf, "spark.task.cpus"))
        .hasMessageContaining("spark.task.cpus");
  }

  @ParameterizedTest
  @MethodSource(TEMPLATES)
  void everyTemplateSaysWhatKindlingNeeds(Template template) throws IOException {
    SparkConf conf = template.conf();
    assertThat(conf.get("spark.driver.extraJavaOptions")).isEqualTo(VECTOR);
    assertThat(conf.get("spark.locality.wait")).isEqualTo("0");
    assertThat(conf.get("spark.task.cpus")).isEqualTo("1");
    assertThat(conf.get("spark.scheduler.mode")).isEqualTo("FAIR");
    if (template.isCluster()) {
      assertThat(conf.get("spark.executor.extraJavaOptions")).isEqualTo(VECTOR);
      assertThat(conf.get("spark.executorEnv.OMP_NUM_THREADS")).isEqualTo("1");
      assertThat(conf.getSizeAsBytes("spark.executor.memory")).isPositive();
      assertThat(conf.get("spark.storage.replication.proactive")).isEqualTo("true");
      assertThat(conf.contains("spark.dynamicAllocation.enabled")).isFalse();
      assertThat(template.offered())
          .containsEntry("spark.dynamicAllocation.enabled", "true")
          .containsEntry("spark.executor.resource.gpu.amount", "1")
          .containsEntry("spark.kindling.gpuPerTask", "1")
          .containsEntry("spark.authenticate", "true")
          .containsEntry("spark.network.crypto.enabled", "true")
          .containsEntry("spark.io.encryption.enabled", "true")
          .containsKeys("spark.kerberos.principal", "spark.kerberos.keytab", "spark.eventLog.dir");
      assertThat(template.offered().get("spark.history.fs.logDirectory"))
          .as("the history server reads where jobs write")
          .isEqualTo(template.offered().get("spark.eventLog.dir"));
    }
  }

  @ParameterizedTest
  @MethodSource(TEMPLATES)
  void masterIsOfTheKindThatTheNameSays(Template template) throws IOException {
    String scheme =
        switch (template.name()) {
          case "local" -> "local[";
          case "standalone" -> "spark://";
          case "yarn" -> "yarn";
          case "kubernetes" -> "k8s://";
          default -> throw new IllegalArgumentException(template.name());
        };
    assertThat(template.conf().get("spark.master")).startsWith(scheme);
  }

  /** Where a container's memory is limited, the overhead is where models lie. */
  @Test
  void containersHaveRoomOutsideOfTheHeap() throws IOException {
    for (String name : new String[] {"yarn", "kubernetes"}) {
      SparkConf conf = new Template(name).conf();
      assertThat(conf.getSizeAsBytes("spark.executor.memoryOverhead"))
          .isEqualTo(conf.getSizeAsBytes("spark.executor.memory"));
    }
  }

  @Test
  void launcherAndTemplatesAgreeOnJavaOptions() throws IOException {
    assertThat(Files.readString(Path.of("../kindling")))
        .contains("executor_flags=\"" + VECTOR)
        .contains("spark.executor.extraJavaOptions=$executor_flags");
  }
}
