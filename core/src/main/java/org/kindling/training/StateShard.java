package org.kindling.training;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One shard of a run's state between rounds: parameters and both Adam moments, and in shard 0 what
 * the workers reported. Shared by tasks once made, so never written to afterwards.
 *
 * <p>Serialised in bulk: Java's default takes float arrays element by element.
 */
public final class StateShard implements Externalizable {
  private static final int CHUNK_FLOATS = 16_384;
  private static final ThreadLocal<byte[]> CHUNK =
      ThreadLocal.withInitial(() -> new byte[CHUNK_FLOATS * Float.BYTES]);

  private int index;
  private float[] parameters;
  private float[] firstMoment;
  private float[] secondMoment;
  private List<WorkerReport> reports;

  /** For deserialisation only. */
  public StateShard() {}

  /**
   * @param index of the shard
   * @param parameters [shard length]
   * @param firstMoment [shard length], Adam's running mean of gradients
   * @param secondMoment [shard length], Adam's running mean of their squares
   * @param reports one per worker in shard 0 of a round's result, otherwise empty
   */
  public StateShard(
      int index,
      float[] parameters,
      float[] firstMoment,
      float[] secondMoment,
      List<WorkerReport> reports) {
    this.index = index;
    this.parameters = parameters;
    this.firstMoment = firstMoment;
    this.secondMoment = secondMoment;
    this.reports = List.copyOf(reports);
  }

  public int index() {
    return index;
  }

  public float[] parameters() {
    return parameters;
  }

  public float[] firstMoment() {
    return firstMoment;
  }

  public float[] secondMoment() {
    return secondMoment;
  }

  public List<WorkerReport> reports() {
    return reports;
  }

  @Override
  public void writeExternal(ObjectOutput out) throws IOException {
    out.writeInt(index);
    out.writeInt(parameters.length);
    write(out, parameters);
    write(out, firstMoment);
    write(out, secondMoment);
    out.writeInt(reports.size());
    for (WorkerReport report : reports) {
      report.write(out);
    }
  }

  @Override
  public void readExternal(ObjectInput in) throws IOException {
    index = in.readInt();
    int length = in.readInt();
    parameters = read(in, length);
    firstMoment = read(in, length);
    secondMoment = read(in, length);
    int count = in.readInt();
    List<WorkerReport> read = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      read.add(WorkerReport.read(in));
    }
    reports = List.copyOf(read);
  }

  private static void write(ObjectOutput out, float[] values) throws IOException {
    byte[] chunk = CHUNK.get();
    FloatBuffer floats = floats(chunk);
    for (int done = 0; done < values.length; ) {
      int n = Math.min(CHUNK_FLOATS, values.length - done);
      floats.clear();
      floats.put(values, done, n);
      out.write(chunk, 0, n * Float.BYTES);
      done += n;
    }
  }

  private static float[] read(ObjectInput in, int length) throws IOException {
    float[] values = new float[length];
    byte[] chunk = CHUNK.get();
    FloatBuffer floats = floats(chunk);
    for (int done = 0; done < length; ) {
      int n = Math.min(CHUNK_FLOATS, length - done);
      in.readFully(chunk, 0, n * Float.BYTES);
      floats.clear();
      floats.get(values, done, n);
      done += n;
    }
    return values;
  }

  private static FloatBuffer floats(byte[] chunk) {
    return ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
