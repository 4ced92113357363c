package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.spark.documents.StrictText;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.SpecialTokens;
import org.kindling.tokenizer.TokenBuffer;
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

  @Option(
      names = "--special-tokens",
      paramLabel = "refuse|ordinary|allow",
      defaultValue = "refuse",
      description =
          "What text like <|endoftext|> becomes: an error, the tokens of its characters, or the"
              + " special token (default: ${DEFAULT-VALUE}).")
  private SpecialTokens specialTokens;

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
    if (source == null) {
      encode(loaded, System.in.readAllBytes(), "standard input");
    } else if (source.text != null) {
      requireReadable(source.text, System.getProperty("sun.jnu.encoding"));
      encode(loaded, source.text.getBytes(StandardCharsets.UTF_8), "--text");
    } else {
      encode(loaded, storage.read(new Path(source.file)), source.file);
    }
    return 0;
  }

  private void encode(Tokenizer loaded, byte[] utf8, String where) throws IOException {
    StrictText.require(utf8, where);
    TokenBuffer ids = new TokenBuffer();
    try {
      loaded.encode(utf8, 0, utf8.length, specialTokens, ids);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage().replaceFirst("^text, ", where + ", "), e);
    }
    print(ids);
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

  private void print(TokenBuffer ids) {
    PrintWriter out = spec.commandLine().getOut();
    for (int i = 0; i < ids.size(); i++) {
      if (i > 0) {
        out.print(' ');
      }
      out.print(ids.get(i));
    }
    out.println();
    out.flush();
  }
}
