package org.kindling.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.corpus.DocumentMode;
import org.kindling.model.Activations;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OuterSettings;

class RunSettingsTest {
  private static final String MINIMAL = "run: runs/a\ndata: [{path: data/a}]\n";

  private static RunSettings read(String yaml, String... overrides) {
    return RunSettings.read("run.yaml", yaml, List.of(overrides));
  }

  @Test
  void whatIsNotGivenHasItsDefault() {
    RunSettings settings = read(MINIMAL + "model: {width: 64}\n");
    assertThat(settings.model().width()).isEqualTo(64);
    assertThat(settings.model().layers()).isEqualTo(4);
    assertThat(settings.data().sources().get(0).weight()).isEqualTo(1);
    assertThat(settings.outer().learningRate()).isEqualTo(0.7);
    assertThat(settings.outer().momentum()).isEqualTo(0.9);
    assertThat(settings.training().localSteps()).isEqualTo(20);
  }

  @Test
  void yamlRoundTrip() {
    RunSettings settings = read(MINIMAL, "optimizer.learningRate=3e-4", "training.workers=3");
    assertThat(settings.optimizer().learningRate()).isEqualTo(3e-4);
    assertThat(read(settings.toYaml())).isEqualTo(settings);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model: {widht: 64} | run.yaml, model.widht: unknown key; did you mean width?",
        "trainning: {steps: 1} | run.yaml, trainning: unknown key; did you mean training?",
        "model: {heads: 5} | model.heads: 5 does not divide model.width 128; use one of 2, 4, 8",
        "model: 4 | run.yaml, model: expected keys and values, found 4",
        "training: {steps: many} | training.steps: expected a whole number, found \"many\"",
        "training: {workers: 0} | training.workers: expected at least 1, found 0",
        "training: {microBatch: 1.5} | training.microBatch: expected a whole number, found 1.5",
        "model: {tied: maybe} | model.tied: expected true or false, found \"maybe\"",
        "optimizer: {beta1: big} | optimizer.beta1: expected a number, found \"big\"",
        "training: {kernels: fast} | training.kernels: unknown kernels 'fast'; use auto, vector, nd4j or torch",
        "training: {microBatch: } | training.microBatch: expected a whole number, found null",
        "data: here | run.yaml, data: expected a list of datasets, or documents and sources, found \"here\"",
        "data: {documents: apart, sources: [{path: a}]} | run.yaml, data.documents: unknown 'apart'; use join or separate",
        "data: {documents: , sources: [{path: a}]} | run.yaml, data.documents: expected join or separate, found nothing",
        "data: {document: join} | run.yaml, data.document: unknown key; did you mean documents?",
        "data: {documents: separate} | run.yaml, data: expected at least one dataset, found none",
        "data: {sources: a} | data.sources: expected a list, found \"a\"",
        "training: {precision: fp8} | training.precision: unknown precision 'fp8'; use fp32 or bf16",
        "training: {device: tpu} | training.device: unknown device 'tpu'; use auto, cpu or cuda",
        "training: {device: cuda, kernels: vector} | training.device: cuda, and training.kernels vector compute on CPUs; use kernels auto or torch",
        "training: {precision: bf16, kernels: nd4j} | training.precision: nd4j kernels have no bf16",
        "training: {workersAt: [{step: 40, workers: 0}]} | training.workersAt.workers: expected at least 1, found 0",
        "training: {workersAt: [{step: 0, workers: 2}]} | training.workersAt.step: expected at least 1, found 0",
        "training: {workersAt: [{step: 30, workers: 2}]} | training.workersAt: step 30 is not the end of a round; use multiples of training.localSteps (20)",
        "training: {workersAt: [{step: 80, workers: 2}, {step: 40, workers: 3}]} | training.workersAt: step 40 comes after step 80; list steps in ascending order, each once",
        "training: {workersAt: [{step: 40, workers: 2}, {step: 40, workers: 3}]} | training.workersAt: step 40 comes after step 40; list steps in ascending order, each once",
        "training: {steps: 40, workersAt: [{step: 40, workers: 2}]} | training.workersAt: step 40 is not before the end of the run (training.steps 40); leave it out",
        "training: {workersAt: 4} | training.workersAt: expected a list, found 4",
        "outer: {momentum: 1} | outer.momentum: expected at least 0 and below 1, found 1.0",
        "model: {family: gru} | model.family: unknown family 'gru'; use one of unigram, bigram, ngram, mlp, rnn, lstm, rnn-attention, transformer",
        "model: {family: lstm, heads: 2} | model.heads: family lstm has no such setting; it has layers, width, context, truncation; leave it out",
        "model: {family: unigram, width: 8} | model.width: family unigram has no such setting; it has context",
        "model: {truncation: 8} | model.truncation: family transformer has no such setting; it has architecture, layers, heads, kvHeads",
        "model: {architecture: gpt3} | model.architecture: unknown architecture 'gpt3'; use one of gpt2, llama, qwen3, modern",
        "model: {architecture: llama, kvHeads: 3} | model.kvHeads: 3 does not divide model.heads 4; use one of 1, 2, 4",
        "model: {architecture: qwen3, headDim: 7} | model.headDim: rotary positions turn pairs of elements, found an odd head size of 7",
        "model: {family: lstm, kvHeads: 2} | model.kvHeads: family lstm has no such setting",
        "training: {recompute: layers} | training.recompute: unknown 'layers'; use none or blocks",
        "model: {family: ngram, order: 9, context: 8} | model.context: 8 tokens are shorter than model.order 9; use a context of at least 9 or a smaller order",
        "model: {family: mlp, context: 4} | model.context: 4 tokens are shorter than model.window 8",
        "checkpoint: {keepLast: 0} | checkpoint.keepLast: expected at least 1, found 0",
        "data: [] | run.yaml, data: expected at least one dataset, found none",
        "data: [{path: a, weight: 0}] | data.weight: expected a finite number above 0, found 0.0 for a",
        "data: [{path: a}, {path: b, weight: -1}] | data.weight: expected a finite number above 0, found -1.0 for b",
        "data: [{path: a, weight: 1e999}] | data.weight: expected a finite number above 0, found Infinity for a",
        "data: [{path: a, weight: NaN}] | data.weight: expected a finite number above 0, found NaN for a",
        "data: [{path: a}, {path: a}] | run.yaml, data: a is listed twice; list it once",
        "data: [{path: a}, {path: b, weight: 1e-12}] | data.weight: 1.0E-12 for b is less than 10^-8",
        "run: '' | run.yaml, run: missing; name the directory of the run",
      })
  void badSettingIsRefusedByName(String yaml, String message) {
    String base = yaml.startsWith("data") ? "run: a\n" : "data: [{path: a}]\n";
    base += yaml.startsWith("run") || yaml.startsWith("data") ? "" : "run: a\n";
    String whole = base + yaml + "\n";
    assertThatThrownBy(() -> read(whole))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void recomputeIsOfTransformersAlone() {
    assertThatThrownBy(() -> read(MINIMAL, "model.family=lstm", "training.recompute=blocks"))
        .hasMessageContaining("training.recompute: family lstm has no blocks to compute again");
    assertThat(read(MINIMAL, "training.recompute=blocks").training().activations())
        .isEqualTo(Activations.RECOMPUTED);
  }

  @Test
  void keysOfAnArchitectureAreItsOwnUnlessGiven() {
    RunSettings llama =
        read(MINIMAL, "model.architecture=llama", "model.width=384", "model.heads=6");
    assertThat(llama.model().hidden()).isEqualTo(1024);
    assertThat(llama.model().mlp()).isEqualTo("swiglu");
    RunSettings wider = llama.with("set", Map.of("model.width", 192, "model.mlp", "relu2"));
    assertThat(wider.model().hidden()).isEqualTo(768);
    assertThat(wider.model().norm()).isEqualTo("rms");
    RunSettings other = llama.with("set", Map.of("model.architecture", "gpt2"));
    assertThat(other.model()).isEqualTo(new ModelSettings("transformer", 4, 6, 384, 64, true));
  }

  @Test
  void badOverrideIsRefused() {
    assertThatThrownBy(() -> read(MINIMAL, "training.stepz=3"))
        .hasMessage("--set, training.stepz: unknown key; did you mean steps?");
    assertThatThrownBy(() -> read(MINIMAL, "training.steps"))
        .hasMessageContaining("--set: expected key=value, found 'training.steps'");
  }

  @Test
  void renamedKeyIsRefusedWithItsNewName() {
    assertThatThrownBy(() -> read(MINIMAL + "training: {batch: 4}\n"))
        .hasMessage("run.yaml, training.batch: is called training.microBatch now");
    assertThatThrownBy(() -> read(MINIMAL, "training.accumulate=2"))
        .hasMessage("--set, training.accumulate: is called training.gradientAccumulation now");
    assertThatThrownBy(() -> read(MINIMAL).with("list[].set", Map.of("training.batch", 4)))
        .hasMessage("list[].set, training.batch: is called training.microBatch now");
  }

  @Test
  void settingsThatAnOlderVersionWroteAreReadByTheirOldNames() {
    String old = MINIMAL + "training: {batch: 3, accumulate: 5, steps: 7}\n";
    RunSettings now =
        read(
            MINIMAL,
            "training.microBatch=3",
            "training.gradientAccumulation=5",
            "training.steps=7");
    assertThat(RunSettings.readWritten("settings.yaml", old, List.of())).isEqualTo(now);
    assertThat(RunSettings.readWritten("settings.yaml", now.toYaml(), List.of())).isEqualTo(now);
    assertThatThrownBy(
            () -> RunSettings.readWritten("settings.yaml", old, List.of("training.batch=4")))
        .hasMessage("--set, training.batch: is called training.microBatch now");
    String both = MINIMAL + "training: {batch: 3, microBatch: 4}\n";
    assertThatThrownBy(() -> RunSettings.readWritten("settings.yaml", both, List.of()))
        .hasMessage("settings.yaml, training.batch: is called training.microBatch now");
  }

  @Test
  void muonNeedsMatrices() {
    assertThat(read(MINIMAL, "optimizer.kind=muon").optimizer().kind()).isEqualTo("muon");
    assertThatThrownBy(() -> read(MINIMAL, "optimizer.kind=muon", "model.family=ngram"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(
            "optimizer.kind: family ngram is counted and has no matrices that muon could update;"
                + " leave it out");
    assertThatThrownBy(() -> read(MINIMAL, "optimizer.kind=lion"))
        .hasMessageEndingWith("optimizer.kind: unknown optimizer 'lion'; use one of adamw, muon");
  }

  @Test
  void settingsThatNameNoOptimizerMeanAdamW() {
    RunSettings now = RunSettings.read("run.yaml", MINIMAL, List.of());
    String old = now.toYaml().replace("  kind: adamw\n", "");
    assertThat(old).isNotEqualTo(now.toYaml());
    RunSettings read = RunSettings.readWritten("settings.yaml", old, List.of());
    assertThat(read.optimizer().kind()).isEqualTo("adamw");
    assertThat(read.differencesThatMatter(now)).isEmpty();
  }

  @Test
  void brokenYamlNamesItsLine() {
    assertThatThrownBy(() -> read("run: a\nmodel: {layers: 2\n"))
        .hasMessageStartingWith("run.yaml, line ")
        .hasMessageContaining("is not YAML");
  }

  @Test
  void dataIsAListOrKeysAndValues() {
    RunSettings list = read(MINIMAL);
    assertThat(list.data().documents()).isEqualTo(DocumentMode.JOIN);
    RunSettings keys =
        read("run: runs/a\ndata: {documents: separate, sources: [{path: data/a}]}\n");
    assertThat(keys.data().documents()).isEqualTo(DocumentMode.SEPARATE);
    assertThat(keys.data().sources()).isEqualTo(list.data().sources());
    assertThat(read(MINIMAL, "data.documents=separate")).isEqualTo(keys);
    assertThat(read(MINIMAL, "data.documents=separate", "data=[{path: data/a}]"))
        .as("a list leaves the mode alone")
        .isEqualTo(keys);
    assertThat(read(keys.toYaml())).isEqualTo(keys);
    assertThat(list.with("list[].set", Map.of("data.documents", "separate"))).isEqualTo(keys);
    assertThat(list.differencesThatMatter(keys))
        .containsExactly("data.documents was join, is separate");
  }

  @Test
  void continuationMayChangeHowButNotWhat() {
    RunSettings before = read(MINIMAL);
    assertThat(
            before.differencesThatMatter(
                read(MINIMAL, "training.workers=2", "checkpoint.everyRounds=3")))
        .isEmpty();
    assertThat(before.differencesThatMatter(read(MINIMAL, "optimizer.beta2=0.95")))
        .containsExactly("optimizer.beta2 was 0.99, is 0.95");
    RunSettings mixed = read(MINIMAL, "data=[{path: a, weight: 3}, {path: b}]");
    assertThat(mixed.differencesThatMatter(read(MINIMAL, "data=[{path: c, weight: 3}, {path: d}]")))
        .isEmpty();
    assertThat(mixed.differencesThatMatter(read(MINIMAL, "data=[{path: a, weight: 2}, {path: b}]")))
        .containsExactly("the weights of data were [3.0, 1.0], are [2.0, 1.0]");
    assertThat(mixed.differencesThatMatter(before)).hasSize(1);
    assertThat(before.differencesThatMatter(read(MINIMAL, "data=[{path: a, weight: 2}]")))
        .as("one dataset's weight changes nothing")
        .isEmpty();
  }

  @Test
  void overlappingRoundsHaveOuterDefaultsOfTheirOwn() {
    String yaml = "run: r\ndata: [{path: d}]\ntraining: {overlap: true}\n";
    assertThat(RunSettings.read("f", yaml, List.of()).outer()).isEqualTo(OuterSettings.OVERLAPPING);
    assertThat(RunSettings.read("f", yaml, List.of("outer.momentum=0.9")).outer())
        .isEqualTo(new OuterSettings(0.5, 0.9));
    assertThat(RunSettings.read("f", yaml + "outer: {learningRate: 0.7}\n", List.of()).outer())
        .isEqualTo(new OuterSettings(0.7, 0.8));
    assertThat(RunSettings.read("f", yaml, List.of("training.overlap=false")).outer())
        .isEqualTo(OuterSettings.DEFAULTS);
  }
}
