package org.kindling;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package may use which. A package not in the table may not exist. */
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.kindling");

  private static final Map<String, Set<String>> MAY_USE = mayUse();

  private static Map<String, Set<String>> mayUse() {
    Map<String, Set<String>> table = new TreeMap<>();
    table.put("storage", Set.of());
    table.put("tokenizer", Set.of("storage"));
    table.put("corpus", Set.of("storage", "tokenizer"));
    table.put("kernels", Set.of());
    table.put("model", Set.of("kernels"));
    table.put("exchange", Set.of());
    table.put("optimizer", Set.of("kernels", "model"));
    table.put("checkpoint", Set.of("storage", "model", "kernels"));
    table.put("evaluation", Set.of("model", "corpus", "tokenizer"));
    table.put(
        "training",
        Set.of(
            "model",
            "optimizer",
            "exchange",
            "corpus",
            "checkpoint",
            "evaluation",
            "storage",
            "kernels"));
    table.put(
        "scale",
        Set.of(
            "training",
            "model",
            "optimizer",
            "exchange",
            "corpus",
            "tokenizer",
            "checkpoint",
            "evaluation",
            "storage"));
    table.put("gguf", Set.of("storage", "tokenizer", "checkpoint"));
    table.put("scaling", Set.of());
    table.put("report", Set.of("scaling"));
    Set<String> all = Set.copyOf(table.keySet());
    table.put("settings", all);
    return table;
  }

  private static String packages(String name) {
    return "org.kindling." + name + "..";
  }

  static Stream<String> existingPackages() {
    return CORE.stream()
        .map(JavaClass::getPackageName)
        .filter(name -> name.startsWith("org.kindling."))
        .map(name -> name.split("\\.")[2])
        .distinct()
        .sorted();
  }

  private static ArchRule usesOnly(String name, Set<String> others) {
    String[] allowed =
        Stream.concat(Stream.of(name), others.stream())
            .map(ArchitectureTest::packages)
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage(packages(name))
        .should()
        .onlyDependOnClassesThat(
            not(resideInAPackage("org.kindling..")).or(resideInAnyPackage(allowed)));
  }

  @Test
  void tableNamesEveryPackage() {
    assertThat(existingPackages().collect(Collectors.toSet()))
        .contains("storage", "tokenizer", "corpus", "kernels", "model", "training", "settings")
        .isSubsetOf(MAY_USE.keySet());
  }

  @ParameterizedTest
  @MethodSource("existingPackages")
  void packageUsesOnlyWhatTheTableAllows(String name) {
    usesOnly(name, MAY_USE.get(name)).check(CORE);
  }

  /** The rule above is not empty: with one entry less it fails and names the class. */
  @Test
  void ruleSeesADependencyThatIsNotAllowed() {
    assertThatThrownBy(() -> usesOnly("model", Set.of()).check(CORE))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("org.kindling.model.LanguageModel");
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("org.kindling.(*)..").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void coreDoesNotKnowSpark() {
    noClasses().should().dependOnClassesThat().resideInAPackage("org.apache.spark..").check(CORE);
  }

  @Test
  void onlyStorageOpensFileSystems() {
    noClasses()
        .that()
        .resideOutsideOfPackage(packages("storage"))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.apache.hadoop.fs.FileSystem")
        .because("storage commits files atomically and names them in errors")
        .check(CORE);
  }

  @Test
  void onlyKernelsCallNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            packages("kernels"), packages("model.dl4j"), packages("model.recurrent"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "org.nd4j..", "org.deeplearning4j..")
        .check(CORE);
  }
}
