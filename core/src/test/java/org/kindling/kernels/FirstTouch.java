package org.kindling.kernels;

import org.bytedeco.javacpp.Pointer;
import org.kindling.model.ModelSettings;
import org.kindling.model.dl4j.KnownNetworks;
import org.kindling.model.dl4j.LanguageModelLayer;
import org.kindling.model.dl4j.TransformerLayer;
import org.nd4j.linalg.api.buffer.DataType;

/** A process that comes to JavaCPP in one way, and prints the limits that JavaCPP has read. */
final class FirstTouch {
  private FirstTouch() {}

  public static void main(String[] arguments) {
    try {
      touch(arguments[0]);
    } catch (IllegalArgumentException e) {
      // There may be no GPU, and {} is no network; the classes were initialized all the same.
    }
    System.out.println(Pointer.maxBytes() + " " + Pointer.maxPhysicalBytes());
  }

  private static void touch(String first) {
    switch (first) {
      case "vector", "nd4j" -> Kernels.named(first).close();
      case "CpuTensor" -> new CpuTensor(1).close();
      case "Nd4jTensor" -> new Nd4jTensor(1, DataType.FLOAT).close();
      case "OneDnn" -> OneDnn.obstacle();
      case "OpenMp" -> OpenMp.threads();
      case "Instructions" -> Instructions.ofOpenBlas();
      case "Gpus" -> Gpus.current();
      case "TransformerLayer" ->
          new TransformerLayer.Builder().nIn(8).layers(1).heads(2).context(4).build();
      case "LanguageModelLayer" ->
          new LanguageModelLayer.Builder().model(ModelSettings.DEFAULTS).vocabulary(9).build();
      case "KnownNetworks" -> KnownNetworks.configuration(first, "{}");
      default -> throw new IllegalStateException(first + ": no way to begin");
    }
  }
}
