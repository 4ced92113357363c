package org.kindling.trial;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.kindling.kernels.Device;

/** A part of the trial, with the seconds that it may take: 8 minutes on a card, 3 on the CPU. */
enum Section {
  TESTS("tests", 130, 100, KernelTests::new),
  CURVE("curve", 60, 40, Curve::new),
  BITS("bits", 60, 40, Bits::new),
  SPEED("speed", 80, 40, Speed::new),
  PYTORCH("pytorch", 120, 40, PyTorch::new),
  MEMORY("memory", 60, 40, Memory::new),
  REPLICAS("replicas", 45, 40, Replicas::new);

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
