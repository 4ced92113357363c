package org.kindling.trial;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.kindling.kernels.Device;

/**
 * A part of the trial, with the seconds that it may take. On a card they are 8 minutes together; on
 * the CPU they only end what hangs.
 */
enum Section {
  TESTS("tests", 120, 300, KernelTests::new),
  CURVE("curve", 90, 300, Curve::new),
  BITS("bits", 80, 300, Bits::new),
  SPEED("speed", 70, 300, Speed::new),
  MEMORY("memory", 50, 300, Memory::new),
  REPLICAS("replicas", 40, 300, Replicas::new),

  /** Last: it may take all the time that is left. */
  PYTORCH("pytorch", 200, 300, PyTorch::new);

  private static final String QUICK_COMPILER = "-XX:TieredStopAtLevel=1";

  private final String label;
  private final int secondsOnCard;
  private final int secondsOnCpu;
  private final Supplier<Work> work;

  Section(String label, int secondsOnCard, int secondsOnCpu, Supplier<Work> work) {
    this.label = label;
    this.secondsOnCard = secondsOnCard;
    this.secondsOnCpu = secondsOnCpu;
    this.work = work;
  }

  /** As options and the table have it. */
  String label() {
    return label;
  }

  int mostSeconds(Device device) {
    return device == Device.CUDA ? secondsOnCard : secondsOnCpu;
  }

  /** Options of Java, which the section's own processes get too. */
  List<String> options() {
    return switch (this) {
        // All of the heap is there from the start, and no compiler still works after hundreds of
        // steps.
      case MEMORY -> List.of("-Xms2g", "-XX:+AlwaysPreTouch", QUICK_COMPILER);
        // Eight short processes, whose arithmetic is native.
      case BITS -> List.of(QUICK_COMPILER);
      default -> List.of();
    };
  }

  Work work() {
    return work.get();
  }

  /** Whether it says of something that it is right: without an answer the trial has failed. */
  boolean isCheck() {
    return this == TESTS || this == CURVE || this == BITS;
  }

  /**
   * @throws IllegalArgumentException for an unknown label, listing the choices
   */
  static Section labelled(String label) {
    return Arrays.stream(values())
        .filter(section -> section.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--sections: unknown section '"
                        + label
                        + "'; use "
                        + String.join(", ", labels())));
  }

  static List<String> labels() {
    return Arrays.stream(values()).map(Section::label).collect(Collectors.toList());
  }
}
