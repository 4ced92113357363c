package org.kindling.faults;

import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Carries out the {@link Rule}s in {@code spark.kindling.faults}. Every task asks the driver
 * whether something is to happen to it; the driver knows which stage it is of and lets each rule
 * happen once.
 */
public final class FaultPlugin implements SparkPlugin {
  static final String RULES = "spark.kindling.faults";

  @Override
  public DriverPlugin driverPlugin() {
    return new FaultDriver();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new FaultExecutor();
  }
}
