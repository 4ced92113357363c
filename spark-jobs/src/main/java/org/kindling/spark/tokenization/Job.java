package org.kindling.spark.tokenization;

import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.kindling.corpus.DatasetJob;
import org.kindling.spark.documents.DocumentRules;
import org.kindling.spark.documents.Documents;
import org.kindling.tokenizer.Tokenizer;

/** Says what decides the bytes of a dataset, by the options a user knows. */
record Job(TokenizationSettings settings, Optional<Tokenizer> tokenizer, Documents documents) {
  DatasetJob describe() {
    DocumentRules rules = settings.rules();
    SortedMap<String, String> chosen = new TreeMap<>();
    chosen.put("--tokenizer", tokenizer.map(Job::named).orElse(settings.tokenizer()));
    chosen.put("--split", settings.split().label());
    chosen.put("--validation-fraction", Double.toString(settings.validationFraction()));
    chosen.put("--shards", Integer.toString(documents.groups().size()));
    chosen.put("--text-field", rules.textField());
    chosen.put("--text-column", rules.textColumn());
    chosen.put("--on-malformed", rules.onMalformed().name().toLowerCase(Locale.ROOT));
    chosen.put(DatasetJob.SPECIAL_TOKENS, settings.specialTokens().name().toLowerCase(Locale.ROOT));
    chosen.put("--normalize", rules.normalization().label());
    settings
        .quality()
        .steps()
        .forEach((step, value) -> chosen.put(optionName(step), value.toString()));
    if (rules.givenFormat() != null) {
      chosen.put("--format", rules.givenFormat().name().toLowerCase(Locale.ROOT));
    }
    if (rules.separator() != null) {
      chosen.put("--document-separator", rules.separator());
    }
    return new DatasetJob(chosen, documents.input());
  }

  /** {@code --min-characters} of {@code minCharacters}. */
  private static String optionName(String step) {
    return "--" + step.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  private static String named(Tokenizer tokenizer) {
    return tokenizer.kind() + " " + tokenizer.hash().substring(0, 16);
  }
}
