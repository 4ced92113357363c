package org.kindling.spark.jobs;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parameters of a model as people write them: {@code 100M}, {@code 1.3B}, {@code 400000}. */
final class ModelSize implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)([kKMBG]?)");

  @Override
  public Long convert(String text) {
    Matcher found = SIZE.matcher(text);
    if (!found.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is no size of a model; expected a number, with k, M or B such as 100M");
    }
    double unit =
        switch (found.group(2)) {
          case "k", "K" -> 1e3;
          case "M" -> 1e6;
          case "B", "G" -> 1e9;
          default -> 1;
        };
    return Math.round(Double.parseDouble(found.group(1)) * unit);
  }
}
