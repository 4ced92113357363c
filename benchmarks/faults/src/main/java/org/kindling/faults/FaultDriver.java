package org.kindling.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.scheduler.ShuffleMapStage;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Decides which task meets with which fault, and counts what Spark had to do again. */
final class FaultDriver implements DriverPlugin {
  private static final Pattern ROUND = Pattern.compile(", round (\\d+):");

  private final List<Rule> pending = new ArrayList<>();
  private final AtomicInteger failedTasks = new AtomicInteger();
  private final AtomicInteger speculativeTasks = new AtomicInteger();
  private final AtomicInteger lostExecutors = new AtomicInteger();
  private SparkContext spark;
  private long round;

  @Override
  public Map<String, String> init(SparkContext context, PluginContext plugin) {
    spark = context;
    String rules = context.conf().get(FaultPlugin.RULES, "");
    if (!rules.isBlank()) {
      pending.addAll(Rule.parse(rules));
    }
    context.addSparkListener(new Counter());
    return Map.of();
  }

  private final class Counter extends SparkListener {
    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (end.reason() != Success$.MODULE$) {
        failedTasks.incrementAndGet();
        System.out.printf(
            "TIMES lost executor=%s launched=%d failed=%d%n",
            end.taskInfo().executorId(),
            end.taskInfo().launchTime(),
            end.taskInfo().finishTime());
      }
      if (end.taskInfo().speculative()) {
        speculativeTasks.incrementAndGet();
      }
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
      lostExecutors.incrementAndGet();
    }
  }

  /** A task begins: its executor, its stage and its job's description. */
  @Override
  public synchronized Object receive(Object message) {
    String[] task = (String[]) message;
    Matcher inRound = ROUND.matcher(task[2]);
    boolean rounds = inRound.find();
    if (rounds) {
      round = Long.parseLong(inRound.group(1));
    }
    boolean map =
        spark.dagScheduler().stageIdToStage().get(Integer.parseInt(task[1])).get()
            instanceof ShuffleMapStage;
    for (Rule rule : pending) {
      boolean here =
          switch (rule.phase()) {
            case STEPS, WRITE -> rounds && map;
            case REDUCE -> rounds && !map;
            case CHECKPOINT -> task[2].contains("checkpoint:");
          };
      if (here && rule.round() == round) {
        pending.remove(rule);
        System.out.println("FAULT " + rule + " on executor " + task[0]);
        return rule.phase() + " " + rule.action() + " " + rule.delayMillis();
      }
    }
    return "";
  }

  @Override
  public void shutdown() {
    System.out.printf(
        "FAULTS failedTasks=%d speculativeTasks=%d lostExecutors=%d%n",
        failedTasks.get(), speculativeTasks.get(), lostExecutors.get());
  }
}
