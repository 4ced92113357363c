package org.kindling.spark.averaging;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.util.Utils;
import org.kindling.exchange.Code;
import org.kindling.exchange.Coded;
import org.kindling.training.ShardUpdate;
import org.kindling.training.WorkerReport;

/**
 * Updates as they go from process to process: their bytes as they are, between a few numbers.
 * Java's serialization would copy them a kilobyte at a time, on both sides.
 */
final class UpdateFormat {
  private static final Code[] CODES = Code.values();

  private UpdateFormat() {}

  /** As one array, which Spark stores and sends without looking into it. */
  static byte[] pack(ShardUpdate update) {
    try {
      byte[] reports = serialized(update.reports());
      Packed packed = new Packed(headerBytes(update, reports) + Math.toIntExact(update.bytes()));
      write(update, reports, new DataOutputStream(packed));
      return packed.whole();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
  }

  /** What {@link #pack} packed. */
  static ShardUpdate unpack(byte[] packed) throws IOException {
    return read(new DataInputStream(new ByteArrayInputStream(packed)));
  }

  /** The reports alone of what {@link #pack} packed. */
  static List<WorkerReport> reports(byte[] packed) {
    try {
      return readReports(new DataInputStream(new ByteArrayInputStream(packed)));
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory failed", e);
    }
  }

  private static int headerBytes(ShardUpdate update, byte[] reports) {
    int perVector = Byte.BYTES + 2 * Integer.BYTES;
    return 3 * Integer.BYTES + reports.length + (1 + update.moments().size()) * perVector;
  }

  static void write(ShardUpdate update, DataOutputStream out) throws IOException {
    write(update, serialized(update.reports()), out);
  }

  private static void write(ShardUpdate update, byte[] reports, DataOutputStream out)
      throws IOException {
    out.writeInt(reports.length);
    out.write(reports);
    out.writeInt(update.shard());
    write(update.parameters(), out);
    out.writeInt(update.moments().size());
    for (Coded moment : update.moments()) {
      write(moment, out);
    }
  }

  private static void write(Coded vector, DataOutputStream out) throws IOException {
    out.writeByte(vector.code().ordinal());
    out.writeInt(vector.length());
    out.writeInt(vector.bytes().length);
    out.write(vector.bytes());
  }

  static ShardUpdate read(DataInputStream in) throws IOException {
    List<WorkerReport> reports = readReports(in);
    int shard = in.readInt();
    Coded parameters = readCoded(in);
    int count = in.readInt();
    List<Coded> moments = new ArrayList<>();
    for (int m = 0; m < count; m++) {
      moments.add(readCoded(in));
    }
    return new ShardUpdate(shard, parameters, moments, reports);
  }

  private static Coded readCoded(DataInputStream in) throws IOException {
    Code code = CODES[in.readByte()];
    int length = in.readInt();
    return new Coded(code, length, readBytes(in));
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return bytes;
  }

  /** No bytes for none, which all shards but one have. */
  private static byte[] serialized(List<WorkerReport> reports) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (!reports.isEmpty()) {
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(new ArrayList<>(reports));
      }
    }
    return bytes.toByteArray();
  }

  private static List<WorkerReport> readReports(DataInputStream in) throws IOException {
    byte[] bytes = readBytes(in);
    if (bytes.length == 0) {
      return List.of();
    }
    try (ObjectInputStream reports = new InJob(bytes)) {
      @SuppressWarnings("unchecked")
      List<WorkerReport> read = (List<WorkerReport>) reports.readObject();
      return read;
    } catch (ClassNotFoundException e) {
      throw new IOException("the report of a worker is of an unknown class", e);
    }
  }

  /** Finds the classes of the job's jar, which Spark gives its tasks' threads a loader for. */
  private static final class InJob extends ObjectInputStream {
    InJob(byte[] bytes) throws IOException {
      super(new ByteArrayInputStream(bytes));
    }

    @Override
    protected Class<?> resolveClass(java.io.ObjectStreamClass type)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(type.getName(), false, Utils.getContextOrSparkClassLoader());
      } catch (ClassNotFoundException e) {
        return super.resolveClass(type);
      }
    }
  }

  /** Gives its array away instead of a copy of it. */
  private static final class Packed extends ByteArrayOutputStream {
    Packed(int bytes) {
      super(bytes);
    }

    byte[] whole() {
      if (count != buf.length) {
        throw new IllegalStateException("an update of " + buf.length + " bytes took " + count);
      }
      return buf;
    }
  }
}
