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
    /**
     * The peak, then a linear fall to the minimum over the last part of the steps.
     *
     * @see <a href="https://arxiv.org/abs/2404.06395">Hu et al. 2024 (MiniCPM), section 4</a>
     */
    WSD,
    /**
     * The peak, then a fall by 1 − √ of the share of the last part that is done: steep at first,
     * gentle in the end.
     *
     * @see <a href="https://arxiv.org/abs/2405.18392">Hägele et al. 2024, section 4.1</a>
     */
    WSD_SQRT,
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
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
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
      case WSD -> fallen(fractionDone(step, decayStart()));
      case WSD_SQRT -> fallen(StrictMath.sqrt(fractionDone(step, decayStart())));
      case CONSTANT -> peak;
    };
  }

  /** Whether steps at the peak come between warm-up and fall, whatever the length of the run. */
  public static boolean hasStablePhase(String schedule) {
    Kind kind = Kind.named(schedule);
    return kind == Kind.WSD || kind == Kind.WSD_SQRT;
  }

  /**
   * The last step at the peak of a schedule with a stable phase. Up to it the rates of runs of any
   * length are the same. Warm-up takes precedence where the two overlap.
   */
  public long decayStart() {
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

  private double fallen(double fraction) {
    double peak = settings.learningRate();
    return peak + fraction * (settings.minimumLearningRate() - peak);
  }
}
