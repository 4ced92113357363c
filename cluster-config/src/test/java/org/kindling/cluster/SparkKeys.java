package org.kindling.cluster;

import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.internal.config.ConfigEntry;

/** Spark's own tables of configuration keys. */
final class SparkKeys {
  /** Objects whose initialisation fills the tables. */
  private static final List<String> TABLES =
      List.of(
          "org.apache.spark.internal.config.package$",
          "org.apache.spark.internal.config.Network$",
          "org.apache.spark.internal.config.UI$",
          "org.apache.spark.internal.config.Worker$",
          "org.apache.spark.internal.config.History$",
          "org.apache.spark.deploy.yarn.config.package$",
          "org.apache.spark.deploy.k8s.Config$");

  /**
   * Documented by Spark and in none of its tables, since they hold a name of the user's or predate
   * them.
   */
  private static final Pattern OTHERS =
      Pattern.compile(
          "spark\\.(master"
              // Kindling's own, read from the same place.
              + "|kindling\\.(executorWait|gpuPerTask)"
              + "|local\\.dir"
              + "|executorEnv\\.[A-Z_]+"
              + "|yarn\\.appMasterEnv\\.[A-Z_]+"
              + "|kubernetes\\.driverEnv\\.[A-Z_]+"
              + "|kubernetes\\.authenticate\\.driver\\.serviceAccountName"
              + "|(executor|driver)\\.resource\\.[a-z]+\\.(amount|discoveryScript|vendor)"
              + "|task\\.resource\\.[a-z]+\\.amount)");

  static {
    for (String table : TABLES) {
      try {
        Class.forName(table);
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException(table + " is not in this version of Spark", e);
      }
    }
  }

  private SparkKeys() {}

  static boolean isKnown(String key) {
    return ConfigEntry.findEntry(key) != null || OTHERS.matcher(key).matches();
  }

  /**
   * Reads a value by the type that Spark gives its key; keys outside of the tables are texts.
   *
   * @throws RuntimeException if the value is not of that type or not allowed
   */
  static void parse(SparkConf conf, String key) {
    ConfigEntry<?> entry = ConfigEntry.findEntry(key);
    if (entry != null) {
      conf.get(entry);
    }
  }
}
