package org.kindling.scale;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Links of the executors.
 *
 * <pre>{@code
 * Network.of("10gbit", "0.1ms").bytesPerSecond(); // 1.25e9
 * }</pre>
 *
 * @param bytesPerSecond of an executor's link, in each direction
 * @param delaySeconds from one executor to another, one way
 */
public record Network(double bytesPerSecond, double delaySeconds) {
  private static final Pattern RATE = Pattern.compile("(\\d+(?:\\.\\d+)?)([kmg])bit");
  private static final Pattern TIME = Pattern.compile("(\\d+(?:\\.\\d+)?)(us|ms|s)");

  public Network {
    if (!(bytesPerSecond > 0) || !(delaySeconds >= 0)) {
      throw new IllegalArgumentException(
          "network: expected a rate above 0 and a delay of 0 or more");
    }
  }

  /**
   * As the shell's {@code tc} writes them.
   *
   * @param bandwidth such as {@code 10gbit}
   * @param delay such as {@code 0.1ms}
   */
  public static Network of(String bandwidth, String delay) {
    return new Network(bytes(bandwidth), seconds(delay));
  }

  private static double bytes(String bandwidth) {
    Matcher found = RATE.matcher(bandwidth.toLowerCase(Locale.ROOT));
    if (!found.matches()) {
      throw new IllegalArgumentException(
          "bandwidth: expected a number and kbit, mbit or gbit, such as 10gbit, found '"
              + bandwidth
              + "'");
    }
    double unit =
        switch (found.group(2)) {
          case "k" -> 1e3;
          case "m" -> 1e6;
          default -> 1e9;
        };
    return Double.parseDouble(found.group(1)) * unit / 8;
  }

  private static double seconds(String delay) {
    Matcher found = TIME.matcher(delay.toLowerCase(Locale.ROOT));
    if (!found.matches()) {
      throw new IllegalArgumentException(
          "delay: expected a number and us, ms or s, such as 0.1ms, found '" + delay + "'");
    }
    double unit =
        switch (found.group(2)) {
          case "us" -> 1e-6;
          case "ms" -> 1e-3;
          default -> 1;
        };
    return Double.parseDouble(found.group(1)) * unit;
  }
}
