package org.kindling.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.kindling.kernels.Activation;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Norm;

/**
 * The {@code model} section of a run's settings. A family has some of these settings; those that it
 * does not have are 0, false or null. Of a transformer 0 stands for what follows from the rest in
 * {@code kvHeads}, {@code headDim}, {@code hidden} and {@code ropeTheta}; a record holds the number
 * that it means.
 *
 * <pre>{@code
 * Architecture.LLAMA.settings(6, 6, 384, 256, false).hidden(); // 1024
 * }</pre>
 *
 * @param family label of a {@link Family}
 * @param architecture label of an {@link Architecture}
 * @param layers blocks of a transformer, or recurrent layers on top of each other
 * @param heads query heads of attention
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headDim elements of one head's query, key or value
 * @param width of the residual stream; of token vectors and hidden states
 * @param hidden elements between the up and down projection of a transformer's MLP, or in the
 *     hidden layer of family {@code mlp}
 * @param context longest sequence in tokens
 * @param positions label of {@link Positions}
 * @param ropeTheta base of rotary frequencies; 0 unless positions are rotary
 * @param norm label of a {@link Norm.Kind}
 * @param normEpsilon added to variance or mean square
 * @param attentionBias whether query, key, value and output projections have biases
 * @param mlpBias whether up and down projections have biases
 * @param qkNorm whether an RMS norm is applied to each head's query and key
 * @param window tokens that attention sees, 0 for all before; tokens that family {@code mlp} sees
 * @param mlp label of an {@link Activation}
 * @param tied whether lm_head is the token embedding
 * @param softCap bound on logits, by tanh; 0 for none
 * @param order of an n-gram model: tokens of an n-gram, the predicted one included
 * @param truncation tokens that gradients flow back through in a recurrent model
 */
public record ModelSettings(
    String family,
    String architecture,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int width,
    int hidden,
    int context,
    String positions,
    double ropeTheta,
    String norm,
    double normEpsilon,
    boolean attentionBias,
    boolean mlpBias,
    boolean qkNorm,
    int window,
    String mlp,
    boolean tied,
    double softCap,
    int order,
    int truncation)
    implements java.io.Serializable {
  public static final ModelSettings DEFAULTS = defaults(Family.TRANSFORMER);

  public ModelSettings {
    Family kind = Family.named(family);
    ModelChecks.positive(kind, Family.Key.LAYERS, layers);
    ModelChecks.positive(kind, Family.Key.HEADS, heads);
    ModelChecks.positive(kind, Family.Key.WIDTH, width);
    ModelChecks.positive(kind, Family.Key.CONTEXT, context);
    ModelChecks.positive(kind, Family.Key.ORDER, order);
    ModelChecks.positive(kind, Family.Key.TRUNCATION, truncation);
    ModelChecks.span(Family.Key.ORDER, order, context);
    if (kind == Family.TRANSFORMER) {
      Architecture.named(architecture);
      Activation.named("model.mlp", mlp);
      if (headDim == 0) {
        ModelChecks.division(width, heads);
        headDim = width / heads;
      }
      kvHeads = kvHeads == 0 ? heads : kvHeads;
      hidden = hidden == 0 ? derivedHidden(mlp, width) : hidden;
      boolean rotary = Positions.named(positions) == Positions.ROTARY;
      ropeTheta = ropeTheta == 0 && rotary ? Architecture.ROPE_THETA : ropeTheta;
      ModelChecks.attention(heads, kvHeads, headDim, window);
      ModelChecks.positions(Positions.named(positions), headDim, width, ropeTheta);
      ModelChecks.numbers(hidden, normEpsilon, softCap);
      ModelChecks.norm(norm);
    } else {
      ModelChecks.foreign(kind, Family.Key.ARCHITECTURE, architecture != null);
      ModelChecks.foreign(kind, Family.Key.KV_HEADS, kvHeads != 0);
      ModelChecks.foreign(kind, Family.Key.HEAD_DIM, headDim != 0);
      ModelChecks.foreign(kind, Family.Key.POSITIONS, positions != null);
      ModelChecks.foreign(kind, Family.Key.ROPE_THETA, ropeTheta != 0);
      ModelChecks.foreign(kind, Family.Key.NORM, norm != null);
      ModelChecks.foreign(kind, Family.Key.NORM_EPSILON, normEpsilon != 0);
      ModelChecks.foreign(kind, Family.Key.ATTENTION_BIAS, attentionBias);
      ModelChecks.foreign(kind, Family.Key.MLP_BIAS, mlpBias);
      ModelChecks.foreign(kind, Family.Key.QK_NORM, qkNorm);
      ModelChecks.foreign(kind, Family.Key.MLP, mlp != null);
      ModelChecks.foreign(kind, Family.Key.TIED, tied);
      ModelChecks.foreign(kind, Family.Key.SOFT_CAP, softCap != 0);
      ModelChecks.positive(kind, Family.Key.WINDOW, window);
      ModelChecks.positive(kind, Family.Key.HIDDEN, hidden);
      ModelChecks.span(Family.Key.WINDOW, window, context);
    }
  }

  /** A GPT-2 of this shape. */
  public ModelSettings(String family, int layers, int heads, int width, int context, boolean tied) {
    this(
        family,
        Architecture.GPT2.label(),
        layers,
        heads,
        0,
        0,
        width,
        0,
        context,
        Positions.LEARNED.label(),
        0,
        Norm.Kind.LAYER.label(),
        1e-5,
        true,
        true,
        false,
        0,
        Activation.GELU.label(),
        tied,
        0,
        0,
        0);
  }

  /** Settings of a family other than the transformer. */
  public ModelSettings(
      Family family,
      int layers,
      int width,
      int context,
      int order,
      int window,
      int hidden,
      int truncation) {
    this(
        family.label(),
        null,
        layers,
        0,
        0,
        0,
        width,
        hidden,
        context,
        null,
        0,
        null,
        0,
        false,
        false,
        false,
        window,
        null,
        false,
        0,
        order,
        truncation);
  }

  /** What a family's settings are if none is given; of transformers GPT-2's. */
  public static ModelSettings defaults(Family family) {
    if (family == Family.TRANSFORMER) {
      return defaults(Architecture.GPT2);
    }
    return new ModelSettings(
        family,
        family.defaultLayers(),
        family.has(Family.Key.WIDTH) ? 128 : 0,
        64,
        family.has(Family.Key.ORDER) ? 5 : 0,
        family.has(Family.Key.WINDOW) ? 8 : 0,
        family.has(Family.Key.HIDDEN) ? 256 : 0,
        family.has(Family.Key.TRUNCATION) ? 64 : 0);
  }

  /** What a transformer's settings are if its architecture alone is given. */
  public static ModelSettings defaults(Architecture architecture) {
    return architecture.settings(
        Family.TRANSFORMER.defaultLayers(), 4, 128, 64, architecture.isTied());
  }

  /**
   * 4 · width; of a gated MLP, which has three matrices for two, 8 / 3 · width to the nearest 16.
   */
  private static int derivedHidden(String mlp, int width) {
    boolean gated = Activation.named("model.mlp", mlp).isGated();
    return gated ? Math.max(16, (int) Math.round(width / 6.0) * 16) : Math.multiplyExact(4, width);
  }

  /** The family that {@link #family} names. */
  public Family kind() {
    return Family.named(family);
  }

  /** Whether this is GPT-2 with nothing chosen but layers, heads, width, context and tied. */
  public boolean plainGpt2() {
    return kind() == Family.TRANSFORMER
        && equals(new ModelSettings(family, layers, heads, width, context, tied));
  }

  /** Shape of a transformer's attention. */
  public Heads attentionHeads() {
    return new Heads(heads, kvHeads, headDim, window);
  }

  /**
   * The same model in another size: what followed from the size before follows from the new one.
   *
   * @param heads ignored by families without
   * @throws IllegalArgumentException if the family comes in one size
   */
  public ModelSettings withShape(int layers, int heads, int width) {
    Family kind = kind();
    if (!kind.has(Family.Key.LAYERS) || !kind.has(Family.Key.WIDTH)) {
      throw new IllegalArgumentException(
          "model.family: "
              + family
              + " has no layers and width to choose shapes from; train it with kindling pretrain");
    }
    if (kind != Family.TRANSFORMER) {
      return new ModelSettings(kind, layers, width, context, order, window, hidden, truncation);
    }
    List<Family.Key> derived = derived();
    return copy(
        layers,
        heads,
        derived.contains(Family.Key.KV_HEADS) ? 0 : kvHeads,
        derived.contains(Family.Key.HEAD_DIM) ? 0 : headDim,
        width,
        derived.contains(Family.Key.HIDDEN) ? 0 : hidden,
        context);
  }

  /** Keys of a transformer whose numbers are those that follow from the others. */
  public List<Family.Key> derived() {
    List<Family.Key> keys = new ArrayList<>();
    if (kvHeads == heads) {
      keys.add(Family.Key.KV_HEADS);
    }
    if (width % heads == 0 && headDim == width / heads) {
      keys.add(Family.Key.HEAD_DIM);
    }
    if (hidden == derivedHidden(mlp, width)) {
      keys.add(Family.Key.HIDDEN);
    }
    if (ropeTheta == Architecture.ROPE_THETA) {
      keys.add(Family.Key.ROPE_THETA);
    }
    return keys;
  }

  /** The same model for sequences of another length. */
  public ModelSettings withContext(int length) {
    return copy(layers, heads, kvHeads, headDim, width, hidden, length);
  }

  private ModelSettings copy(
      int newLayers,
      int newHeads,
      int newKvHeads,
      int newHeadDim,
      int newWidth,
      int newHidden,
      int newContext) {
    return new ModelSettings(
        family,
        architecture,
        newLayers,
        newHeads,
        newKvHeads,
        newHeadDim,
        newWidth,
        newHidden,
        newContext,
        positions,
        ropeTheta,
        norm,
        normEpsilon,
        attentionBias,
        mlpBias,
        qkNorm,
        window,
        mlp,
        tied,
        softCap,
        order,
        truncation);
  }

  /** What to say of a setting that a family does not have. */
  public static IllegalArgumentException foreign(Family family, String key) {
    String own = family.keys().stream().map(Family.Key::label).collect(Collectors.joining(", "));
    return new IllegalArgumentException(
        "model."
            + key
            + ": family "
            + family.label()
            + " has no such setting; it has "
            + own
            + "; leave it out or choose another model.family");
  }

  /** The norm that {@link #norm} names. */
  public Norm.Kind normKind() {
    return Arrays.stream(Norm.Kind.values())
        .filter(kind -> kind.label().equals(norm))
        .findFirst()
        .orElseThrow();
  }
}
