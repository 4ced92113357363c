package org.kindling.kernels;

/**
 * One line of a report on a machine.
 *
 * @param name of what was looked for
 * @param found what there is, or "not found"
 * @param meaning what follows from it, or how to get what is missing
 */
public record Finding(String name, String found, String meaning) {
  @Override
  public String toString() {
    return name + ": " + found + (meaning.isEmpty() ? "" : "; " + meaning);
  }
}
