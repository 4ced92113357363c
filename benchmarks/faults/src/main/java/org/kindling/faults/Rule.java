package org.kindling.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One fault: in which phase of which round, and what happens to the first task that enters it.
 *
 * <pre>{@code
 * steps@3:kill@200      200 ms into the local steps of round 3 the executor is killed
 * write@3:kill          ... while it writes the shuffle
 * reduce@3:kill         ... when a task begins to average
 * checkpoint@4:kill     ... when it begins to write the checkpoint after round 4
 * steps@3:throw         the task fails
 * steps@3:sleep@5000    the task begins five seconds late
 * }</pre>
 *
 * @param delayMillis between the task's begin and the action
 */
record Rule(Phase phase, long round, Action action, long delayMillis) {
  enum Phase {
    STEPS,
    WRITE,
    REDUCE,
    CHECKPOINT
  }

  enum Action {
    KILL,
    THROW,
    SLEEP
  }

  private static final Pattern FORM = Pattern.compile("(\\w+)@(\\d+):(\\w+)(@(\\d+))?");

  static List<Rule> parse(String rules) {
    List<Rule> all = new ArrayList<>();
    for (String rule : rules.split(",")) {
      Matcher parts = FORM.matcher(rule.strip());
      if (!parts.matches()) {
        throw new IllegalArgumentException(
            "spark.kindling.faults: found '" + rule + "', expected PHASE@ROUND:ACTION[@MILLIS]");
      }
      all.add(
          new Rule(
              Phase.valueOf(parts.group(1).toUpperCase(Locale.ROOT)),
              Long.parseLong(parts.group(2)),
              Action.valueOf(parts.group(3).toUpperCase(Locale.ROOT)),
              parts.group(5) == null ? 0 : Long.parseLong(parts.group(5))));
    }
    return all;
  }
}
