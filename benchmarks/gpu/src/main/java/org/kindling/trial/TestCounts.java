package org.kindling.trial;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Counts tests, and writes a row for each that failed and one for all. Belongs to one thread. */
final class TestCounts implements TestExecutionListener {
  private static final String ALL = "kernels against double precision";

  private static final String NO_BF16 = "bfloat16 needs";

  /** A card that is lost fails all tests that follow. */
  private static final int MOST_NAMED = 20;

  private final String device;
  private final Rows rows;
  private TestPlan plan;
  private long passed;
  private long failed;
  private long skipped;

  TestCounts(String device, Rows rows) {
    this.device = device;
    this.rows = rows;
  }

  @Override
  public void testPlanExecutionStarted(TestPlan plan) {
    this.plan = plan;
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    skipped++;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    // A class fails by what it does before its tests.
    if (result.getStatus() == Status.ABORTED || wantsAnotherCard(result)) {
      skipped++;
    } else if (result.getStatus() == Status.FAILED) {
      failed++;
      if (failed <= MOST_NAMED) {
        rows.failed(nameOf(test), reason(result), Map.of());
      }
    } else if (test.isTest() && result.getStatus() == Status.SUCCESSFUL) {
      passed++;
    }
    if (test.getSource().filter(ClassSource.class::isInstance).isPresent()) {
      // Stands if the process is stopped before the end.
      rows.failed(ALL, counts() + " so far, not finished", values());
    }
  }

  private String nameOf(TestIdentifier test) {
    String name = test.getDisplayName();
    return plan.getParent(test).map(parent -> nameWithoutEngine(parent) + name).orElse(name);
  }

  private String nameWithoutEngine(TestIdentifier test) {
    boolean engine = plan.getParent(test).isEmpty();
    return engine ? "" : nameOf(test) + " ";
  }

  /** A card older than Ampere has no bfloat16, and says so. */
  private static boolean wantsAnotherCard(TestExecutionResult result) {
    return result.getThrowable().map(Throwable::toString).orElse("").contains(NO_BF16);
  }

  private static String reason(TestExecutionResult result) {
    return result.getThrowable().map(Reason::of).orElse("no reason");
  }

  /** Writes the row of all tests. */
  void finish() {
    if (failed > 0 || passed == 0) {
      rows.failed(ALL, counts(), values());
    } else {
      rows.passed(ALL, counts(), values());
    }
  }

  private String counts() {
    return (passed + failed)
        + " run, "
        + failed
        + " failed"
        + (skipped > 0 ? ", " + skipped + " skipped" : "")
        + "; "
        + device;
  }

  private Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("run", passed + failed);
    values.put("failed", failed);
    values.put("skipped", skipped);
    values.put("device", device);
    return values;
  }
}
