package org.kindling.spark.progress;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * Shows how many tasks of a Spark stage are done, under the description of its job. Spark calls it
 * from a thread of its own.
 */
public final class TaskProgress extends SparkListener implements AutoCloseable {
  private final SparkContext context;
  private final StatusLine line;
  private final Map<Integer, WorkProgress> stages = new HashMap<>();

  private TaskProgress(SparkContext context, StatusLine line) {
    this.context = context;
    this.line = line;
  }

  /** Watches the stages that begin until it is closed. */
  public static TaskProgress of(SparkContext context, StatusLine line) {
    TaskProgress progress = new TaskProgress(context, line);
    context.addSparkListener(progress);
    return progress;
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    String description = submitted.properties().getProperty("spark.job.description", "working");
    int tasks = submitted.stageInfo().numTasks();
    stages.put(
        submitted.stageInfo().stageId(), new WorkProgress(line, description, "tasks", tasks, 0));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    WorkProgress stage = stages.get(end.stageId());
    if (stage != null && end.reason() == Success$.MODULE$) {
      stage.finished(0);
    }
  }

  @Override
  public void onStageCompleted(SparkListenerStageCompleted completed) {
    stages.remove(completed.stageInfo().stageId());
  }

  @Override
  public void close() {
    context.removeSparkListener(this);
  }
}
