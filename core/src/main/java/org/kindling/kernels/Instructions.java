package org.kindling.kernels;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx10_1_512;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx10_1_512_amx;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx10_1_512_amx_fp16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2_vnni;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2_vnni_2;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_vnni;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_sse41;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

import com.sun.jna.NativeLibrary;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;

/**
 * The processor's instructions as the libraries of matrix products name them. Names are those that
 * the environment variable {@code ONEDNN_MAX_CPU_ISA} takes, in lower case, and {@code
 * OPENBLAS_CORETYPE}.
 */
final class Instructions {
  /** oneDNN's sets, each of which contains those before it in its own line of descent. */
  private static final TreeMap<Integer, String> SETS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry(dnnl_cpu_isa_sse41, "sse41"),
              Map.entry(dnnl_cpu_isa_avx, "avx"),
              Map.entry(dnnl_cpu_isa_avx2, "avx2"),
              Map.entry(dnnl_cpu_isa_avx2_vnni, "avx2_vnni"),
              Map.entry(dnnl_cpu_isa_avx2_vnni_2, "avx2_vnni_2"),
              Map.entry(dnnl_cpu_isa_avx512_core, "avx512_core"),
              Map.entry(dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"),
              Map.entry(dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"),
              Map.entry(dnnl_cpu_isa_avx10_1_512, "avx10_1_512"),
              Map.entry(dnnl_cpu_isa_avx10_1_512_amx, "avx10_1_512_amx"),
              Map.entry(dnnl_cpu_isa_avx10_1_512_amx_fp16, "avx10_1_512_amx_fp16")));

  static {
    JavaCppLimits.lift();
  }

  private Instructions() {}

  /** Of oneDNN's products in a precision. */
  static String ofOneDnn(Precision precision) {
    return ofOneDnn(dnnl_get_effective_cpu_isa(), precision);
  }

  /** Whether the processor, as oneDNN uses it, has what makes a difference to speed. */
  static Map<String, Boolean> features() {
    return features(dnnl_get_effective_cpu_isa());
  }

  static Map<String, Boolean> features(int set) {
    Map<String, Boolean> features = new LinkedHashMap<>();
    features.put("AVX2", has(set, dnnl_cpu_isa_avx2));
    features.put("AVX-512", has(set, dnnl_cpu_isa_avx512_core));
    features.put("AVX512_BF16", has(set, dnnl_cpu_isa_avx512_core_bf16));
    features.put("AMX", has(set, dnnl_cpu_isa_avx10_1_512_amx));
    return features;
  }

  private static boolean has(int set, int part) {
    return (set & part) == part;
  }

  /**
   * @param set as oneDNN counts its sets
   */
  static String ofOneDnn(int set, Precision precision) {
    int found = precision == Precision.FP32 ? ofFloats(set) : set;
    String name = SETS.get(found);
    return name != null
        ? name
        : System.getProperty("os.arch") + String.format(Locale.ROOT, " %#x", found);
  }

  /**
   * What VNNI, BF16, FP16 and AMX add are products of narrower numbers. Training in float32 under
   * {@code ONEDNN_MAX_CPU_ISA} from AVX512_CORE up gives the same bits, and AVX2 others.
   */
  private static int ofFloats(int set) {
    for (int plain : new int[] {dnnl_cpu_isa_avx512_core, dnnl_cpu_isa_avx2}) {
      if ((set & plain) == plain) {
        return plain;
      }
    }
    return set;
  }

  /** The processor for which OpenBLAS has chosen its loops. */
  static String ofOpenBlas() {
    return NativeLibrary.getInstance(Loader.load(openblas.class))
        .getFunction("openblas_get_corename")
        .invokeString(new Object[0], false);
  }
}
