package org.kindling.spark.averaging;

import org.kindling.optimizer.LearningRateSchedule;
import org.kindling.optimizer.OptimizerSettings;
import org.nd4j.linalg.schedule.ISchedule;

/** Kindling's learning rates as a schedule of DL4J, whose iterations count from 0. */
record Dl4jSchedule(OptimizerSettings optimizer, long steps) implements ISchedule {
  @Override
  public double valueAt(int iteration, int epoch) {
    return new LearningRateSchedule(optimizer, steps).at(iteration + 1L);
  }

  @Override
  public ISchedule clone() {
    return this;
  }
}
