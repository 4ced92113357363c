package org.kindling.faults;

import java.io.IOException;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.util.TaskCompletionListener;

/** Asks the driver about every task that begins here, and does as it says. */
final class FaultExecutor implements ExecutorPlugin {
  private PluginContext context;

  @Override
  public void init(PluginContext plugin, Map<String, String> extra) {
    context = plugin;
  }

  @Override
  public void onTaskStart() {
    TaskContext task = TaskContext.get();
    String description = task.getLocalProperty("spark.job.description");
    String[] question = {
      context.executorID(), String.valueOf(task.stageId()), String.valueOf(description)
    };
    String answer;
    try {
      answer = (String) context.ask(question);
    } catch (Exception e) {
      throw new IllegalStateException("the driver could not be asked for faults", e);
    }
    if (!answer.isEmpty()) {
      String[] parts = answer.split(" ");
      carryOut(
          task,
          Rule.Phase.valueOf(parts[0]),
          Rule.Action.valueOf(parts[1]),
          Long.parseLong(parts[2]));
    }
  }

  private static void carryOut(TaskContext task, Rule.Phase phase, Rule.Action action, long delay) {
    if (phase == Rule.Phase.WRITE) {
      DyingShuffle.armed = true;
      return;
    }
    switch (action) {
      case KILL -> killAfter(delay);
      case THROW ->
          task.addTaskCompletionListener(
              (TaskCompletionListener)
                  done -> {
                    throw new IllegalStateException("this task fails on purpose, once");
                  });
      case SLEEP -> sleep(delay);
    }
  }

  private static void killAfter(long delayMillis) {
    if (delayMillis == 0) {
      kill();
    }
    Thread killer =
        new Thread(
            () -> {
              sleep(delayMillis);
              kill();
            });
    killer.setDaemon(true);
    killer.start();
  }

  /** As the kernel does when memory runs out: nothing in this process gets to know. */
  static void kill() {
    try {
      new ProcessBuilder("kill", "-9", String.valueOf(ProcessHandle.current().pid()))
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new IllegalStateException("the executor could not be killed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
