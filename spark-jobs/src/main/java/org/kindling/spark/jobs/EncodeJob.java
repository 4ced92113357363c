package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.spark.documents.StrictText;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling encode}: prints the token ids of a text. Starts no Spark. */
@Command(
    name = "encode",
    mixinStandardHelpOptions = true,
    description = "Prints the token ids of a text on one line; reads standard input by default.")
public final class EncodeJob implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "T",
      description =
          "byte, gpt2, cl100k_base, o200k_base, or where kindling tokenizer wrote tokenizer.json.")
  private String tokenizer;

  @ArgGroup private Source source;

  /** Where the text comes from, if not from standard input. */
  static final class Source {
    @Option(names = "--text", paramLabel = "TEXT", description = "The text itself.")
    private String text;

    @Option(names = "--file", paramLabel = "FILE", description = "A file in UTF-8.")
    private String file;
  }

  @Override
  public Integer call() throws IOException {
    Storage storage = Storage.standard();
    Tokenizer loaded = Tokenizers.load(storage, tokenizer);
    print(loaded.encode(read(storage)));
    return 0;
  }

  private String read(Storage storage) throws IOException {
    if (source == null) {
      return StrictText.decode(System.in.readAllBytes(), "standard input");
    }
    if (source.text != null) {
      requireReadable(source.text, System.getProperty("sun.jnu.encoding"));
      return source.text;
    }
    return StrictText.decode(storage.read(new Path(source.file)), source.file);
  }

  /**
   * In a locale without UTF-8, Java puts U+FFFD for what it cannot read on its command line, and
   * the ids would be those of another text.
   */
  static void requireReadable(String text, String argumentEncoding) {
    if (text.indexOf('\uFFFD') >= 0 && !"UTF-8".equalsIgnoreCase(argumentEncoding)) {
      throw new IllegalArgumentException(
          "--text: holds characters that arguments in "
              + argumentEncoding
              + " cannot carry; set LC_ALL=C.UTF-8, or give the text with --file or on standard"
              + " input");
    }
  }

  private void print(int[] ids) {
    PrintWriter out = spec.commandLine().getOut();
    StringBuilder line = new StringBuilder(ids.length * 6);
    for (int i = 0; i < ids.length; i++) {
      line.append(i == 0 ? "" : " ").append(ids[i]);
    }
    out.println(line);
    out.flush();
  }
}
