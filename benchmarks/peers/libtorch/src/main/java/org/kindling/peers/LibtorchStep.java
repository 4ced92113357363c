package org.kindling.peers;

import static org.bytedeco.pytorch.global.torch.clip_grad_norm_;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.OptimizerParamGroup;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Times a training step in libtorch as {@code kindling bench step} times its own: forward,
 * backward, clipping to a norm of 1, AdamW with weight decay on matrices only; every step sees the
 * same random tokens. Takes the same flags and prints one JSON object.
 */
public final class LibtorchStep {
  private static final int FEWEST_WARMUP_STEPS = 3;

  private final Options options;
  private final Transformer model;
  private final TensorVector parameters;
  private final AdamW optimizer;
  private final Tensor ids;
  private final Tensor targets;
  private double loss;

  private LibtorchStep(Options options) {
    this.options = options;
    model = Transformer.of(options);
    parameters = model.parameters();
    optimizer = optimizer(model);
    long rows = (long) options.batch() * options.context();
    TensorOptions integers = new TensorOptions(ScalarType.Long);
    Tensor tokens = randint(options.vocabulary(), new long[] {rows + 1}, integers);
    ids = tokens.narrow(0, 0, rows).view(options.batch(), options.context());
    targets = tokens.narrow(0, 1, rows);
  }

  /** AdamW in two groups: weight decay is for matrices. */
  private static AdamW optimizer(Transformer model) {
    AdamWOptions settings = new AdamWOptions(1e-3);
    // A std::tuple of two, which GCC's library lays out last element first: beta2, then beta1.
    settings.betas().put(0, 0.99);
    settings.betas().put(1, 0.9);
    settings.eps().put(0, 1e-8);
    settings.weight_decay().put(0, 0.1);
    AdamW optimizer = new AdamW(model.matrices(), settings);
    optimizer.add_param_group(new OptimizerParamGroup(model.vectors()));
    // The group owns its copy of the settings, so they are changed there and not handed over.
    new AdamWOptions(optimizer.param_groups().get(1).options()).weight_decay().put(0, 0.0);
    return optimizer;
  }

  public static void main(String[] arguments) {
    try {
      Options options = Options.parse(arguments);
      Natives.unpack();
      set_num_threads(1);
      manual_seed(0);
      System.out.println(new LibtorchStep(options).measure());
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private String measure() {
    double first = milliseconds();
    int warmupSteps = 1;
    long end = System.nanoTime() + (long) (options.warmupSeconds() * 1e9);
    while (warmupSteps < FEWEST_WARMUP_STEPS || System.nanoTime() < end) {
      milliseconds();
      warmupSteps++;
    }
    double[] times = new double[options.steps()];
    Arrays.setAll(times, i -> milliseconds());
    return json(median(times), first, warmupSteps);
  }

  /** Takes one step and returns how long it took. */
  private double milliseconds() {
    long start = System.nanoTime();
    // Frees every tensor that the step made.
    try (PointerScope scope = new PointerScope()) {
      optimizer.zero_grad(true);
      Tensor value = model.loss(ids, targets);
      value.backward();
      clip_grad_norm_(parameters, 1.0);
      optimizer.step();
      loss = value.item_float();
    }
    return (System.nanoTime() - start) / 1e6;
  }

  private String json(double milliseconds, double first, int warmupSteps) {
    long count = model.parameterCount();
    double flopsPerToken =
        6.0 * count + 12.0 * options.layers() * options.context() * options.width();
    double tokensPerSecond = options.batch() * options.context() * 1e3 / milliseconds;
    return String.format(
        Locale.ROOT,
        "{\"medianStepMs\": %.4f, \"tokensPerSecond\": %.4f, \"gflops\": %.4f,"
            + " \"warmupSteps\": %d, \"firstStepMs\": %.4f, \"loss\": %s, \"parameters\": %d,"
            + " %s, \"library\": \"libtorch 2.7.1\"}",
        milliseconds,
        tokensPerSecond,
        tokensPerSecond * flopsPerToken / 1e9,
        warmupSteps,
        first,
        loss,
        count,
        options.json());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
