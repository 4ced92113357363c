package org.kindling.spark.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.kindling.exchange.Code;
import org.kindling.exchange.CodecSpeed;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code kindling bench exchange}: what coding what workers send costs, on one thread. */
@Command(
    name = "exchange",
    mixinStandardHelpOptions = true,
    description = "Times the codes of what workers send: nanoseconds a number.")
final class ExchangeBench implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** The fields of one line. */
  record Line(
      String code,
      double encodeNanos,
      double decodeNanos,
      double plainEncodeNanos,
      double plainDecodeNanos) {}

  @Override
  public Integer call() throws IOException {
    ObjectMapper json = new ObjectMapper();
    PrintWriter out = spec.commandLine().getOut();
    for (Code code : Code.values()) {
      CodecSpeed plain = CodecSpeed.ofPlain(code);
      CodecSpeed fastest = CodecSpeed.ofFastest(code);
      out.println(
          json.writeValueAsString(
              new Line(
                  code.name().toLowerCase(Locale.ROOT),
                  fastest.encode(),
                  fastest.decode(),
                  plain.encode(),
                  plain.decode())));
      out.flush();
    }
    return 0;
  }
}
