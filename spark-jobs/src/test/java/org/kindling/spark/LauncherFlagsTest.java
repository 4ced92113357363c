package org.kindling.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Java virtual machine passes over flags for methods that are no longer there. */
class LauncherFlagsTest {
  private static final Pattern METHOD = Pattern.compile("([\\w.]+)::(\\w+)");

  @Test
  void methodsThatTheLauncherNamesExist() throws Exception {
    List<MatchResult> named = METHOD.matcher(launcher()).results().toList();
    assertThat(named).hasSizeGreaterThan(2);
    for (MatchResult method : named) {
      Class<?> type = Class.forName("org.kindling." + method.group(1));
      assertThat(Arrays.stream(type.getDeclaredMethods()).map(Method::getName))
          .as(method.group())
          .contains(method.group(2));
    }
  }

  private static String launcher() throws IOException {
    return Files.readString(Path.of("..", "kindling"));
  }
}
