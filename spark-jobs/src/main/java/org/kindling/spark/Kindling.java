package org.kindling.spark;

import java.util.List;
import java.util.concurrent.Callable;
import org.kindling.spark.jobs.Jobs;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line: {@code kindling SUBCOMMAND …}. Every subcommand is one class in {@code jobs}.
 *
 * <p>Exit status: 0 done, 1 failed, 2 used wrongly. An error is one line on standard error; {@code
 * --verbose} adds the stack trace.
 */
@Command(
    name = "kindling",
    mixinStandardHelpOptions = true,
    version = "kindling 0.1.0",
    description = "Pretrains language models on Apache Spark and fits scaling laws to them.",
    synopsisSubcommandLabel = "COMMAND")
public final class Kindling implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean verbose;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "missing subcommand; see kindling --help");
  }

  /** Runs the command line and returns its exit status. */
  public static int run(String... arguments) {
    CommandLine commandLine = new CommandLine(new Kindling());
    Jobs.all().forEach(commandLine::addSubcommand);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler(Kindling::report);
    commandLine.setParameterExceptionHandler(Kindling::refuse);
    return commandLine.execute(arguments);
  }

  private static int refuse(ParameterException e, String[] arguments) {
    CommandLine commandLine = e.getCommandLine();
    String command = commandLine.getCommandSpec().qualifiedName();
    String problem =
        e instanceof UnmatchedArgumentException unmatched
            ? explain(unmatched, commandLine)
            : e.getMessage();
    commandLine.getErr().println(command + ": " + problem);
    return CommandLine.ExitCode.USAGE;
  }

  private static String explain(UnmatchedArgumentException e, CommandLine commandLine) {
    String kind =
        e.isUnknownOption()
            ? "unknown option"
            : commandLine.getSubcommands().isEmpty() ? "unexpected argument" : "unknown command";
    List<String> suggestions = e.getSuggestions();
    String remedy =
        suggestions.isEmpty()
            ? "see " + commandLine.getCommandSpec().qualifiedName() + " --help"
            : "did you mean " + suggestions.get(0) + "?";
    return kind + " '" + e.getUnmatched().get(0) + "'; " + remedy;
  }

  private static int report(Exception e, CommandLine commandLine, ParseResult parsed) {
    Throwable cause = Causes.ofInterest(e);
    commandLine.getErr().println("kindling: " + Causes.oneLine(cause));
    if (parsed.expandedArgs().contains("--verbose")) {
      e.printStackTrace(commandLine.getErr());
    }
    return cause instanceof IllegalArgumentException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  public static void main(String[] arguments) {
    int status = run(arguments);
    // On YARN in cluster mode a call of exit(0) would be taken for a failure of the driver.
    if (status != 0) {
      System.exit(status);
    }
  }
}
