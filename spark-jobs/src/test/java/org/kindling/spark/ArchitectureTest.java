package org.kindling.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Subcommands use the packages that do the work, never the other way round. */
class ArchitectureTest {
  private static final JavaClasses SPARK =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.kindling.spark");

  @Test
  void importsTheClassesItJudges() {
    assertThat(SPARK.stream().map(JavaClass::getPackageName))
        .contains("org.kindling.spark.jobs", "org.kindling.spark.averaging");
  }

  /** Covers every package beside {@code jobs}, also those to come; the command line is the root. */
  @Test
  void nothingButTheCommandLineDependsOnJobs() {
    noClasses()
        .that()
        .resideInAPackage("org.kindling.spark.*..")
        .and()
        .resideOutsideOfPackage("org.kindling.spark.jobs..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.kindling.spark.jobs..")
        .check(SPARK);
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("org.kindling.spark.(*)..").should().beFreeOfCycles().check(SPARK);
  }
}
