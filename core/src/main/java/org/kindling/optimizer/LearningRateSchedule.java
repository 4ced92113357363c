package org.kindling.optimizer;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The learning rate of each step. Linear warm-up, then as the kind says. Immutable. The same bits
 * on every machine.
 *
 * <pre>{@code
 * LearningRateSchedule schedule = new LearningRateSchedule(OptimizerSettings.DEFAULTS, 2000);
 * schedule.at(50);   // 5e-4, half-way through the warm-up
 * schedule.at(2000); // 1e-4, the minimum
 * }</pre>
 */
public final class LearningRateSchedule {
  /** The shape of the curve after warm-up. */
  public enum Kind {
    /** Half a cosine from the peak to the minimum. */
    COSINE,
    /** The peak, then a linear fall to the minimum over the last part of the steps. */
    WSD,
    /** The peak. */
    CONSTANT;

    /**
     * @throws IllegalArgumentException for an unknown name, listing the choices
     */
    static Kind named(String name) {
      for (Kind kind : values()) {
        if (kind.settingsName().equals(name)) {
          return kind;
        }
      }
      String choices =
          Arrays.stream(values()).map(Kind::settingsName).collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          "optimizer.schedule: unknown schedule '" + name + "'; use one of " + choices);
    }

    private String settingsName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final OptimizerSettings settings;
  private final Kind kind;
  private final long totalSteps;

  /**
   * @param totalSteps steps of the whole run
   */
  public LearningRateSchedule(OptimizerSettings settings, long totalSteps) {
    if (totalSteps < 1) {
      throw new IllegalArgumentException(
          "learning-rate schedule: expected at least 1 step, found " + totalSteps);
    }
    this.settings = settings;
    this.kind = Kind.named(settings.schedule());
    this.totalSteps = totalSteps;
  }

  /**
   * @param step the step about to be taken; the first is 1
   */
  public double at(long step) {
    if (step < 1) {
      throw new IllegalArgumentException("learning-rate schedule: steps count from 1, not " + step);
    }
    double peak = settings.learningRate();
    if (step < settings.warmupSteps()) {
      return peak * step / settings.warmupSteps();
    }
    return switch (kind) {
      case COSINE -> cosine(fractionDone(step, settings.warmupSteps()));
      case WSD -> linear(fractionDone(step, decayStart()));
      case CONSTANT -> peak;
    };
  }

  /** The last step at the peak: warm-up takes precedence where the two overlap. */
  private long decayStart() {
    long decaySteps = Math.round(settings.decayFraction() * totalSteps);
    return Math.max(settings.warmupSteps(), totalSteps - decaySteps);
  }

  /** 0 up to {@code start}, 1 from the last step on. */
  private double fractionDone(long step, long start) {
    if (step <= start) {
      return 0;
    }
    return step >= totalSteps ? 1 : (double) (step - start) / (totalSteps - start);
  }

  private double cosine(double fraction) {
    double minimum = settings.minimumLearningRate();
    double range = settings.learningRate() - minimum;
    return minimum + 0.5 * (1 + StrictMath.cos(Math.PI * fraction)) * range;
  }

  private double linear(double fraction) {
    double peak = settings.learningRate();
    return peak + fraction * (settings.minimumLearningRate() - peak);
  }
}
