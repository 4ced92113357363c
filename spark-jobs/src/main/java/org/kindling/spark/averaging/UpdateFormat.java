package org.kindling.spark.averaging;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.JavaSerializer;
import org.kindling.exchange.Code;
import org.kindling.exchange.Coded;
import org.kindling.training.ShardUpdate;
import org.kindling.training.WorkerReport;
import scala.reflect.ClassTag;

/**
 * Updates as they go from process to process: their bytes as they are, between a few numbers.
 * Java's serialization would copy them a kilobyte at a time, on both sides.
 */
final class UpdateFormat {
  private static final Code[] CODES = Code.values();

  /** Finds the classes of the job's jar, whatever thread asks. */
  private static final JavaSerializer REPORTS = new JavaSerializer(new SparkConf(false));

  private static final ClassTag<ArrayList<WorkerReport>> ANY = AllGatherRdd.anyTag();

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
  private static byte[] serialized(List<WorkerReport> reports) {
    if (reports.isEmpty()) {
      return new byte[0];
    }
    ByteBuffer written = REPORTS.newInstance().serialize(new ArrayList<>(reports), ANY);
    byte[] bytes = new byte[written.remaining()];
    written.get(bytes);
    return bytes;
  }

  private static List<WorkerReport> readReports(DataInputStream in) throws IOException {
    byte[] bytes = readBytes(in);
    return bytes.length == 0
        ? List.of()
        : REPORTS.newInstance().deserialize(ByteBuffer.wrap(bytes), ANY);
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
