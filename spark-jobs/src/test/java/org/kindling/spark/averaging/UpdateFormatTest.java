package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import org.apache.spark.serializer.DeserializationStream;
import org.apache.spark.serializer.SerializationStream;
import org.junit.jupiter.api.Test;
import org.kindling.exchange.Code;
import org.kindling.exchange.Coded;
import org.kindling.exchange.Dither;
import org.kindling.training.ShardUpdate;
import org.kindling.training.WorkerReport;

class UpdateFormatTest {
  private static Coded coded(Code code, int length) {
    return Coded.of(
        code,
        length,
        Dither.of(7),
        (from, target, count) -> {
          for (int i = 0; i < count; i++) {
            target[i] = (from + i) % 11 * 0.25f;
          }
        });
  }

  private static ShardUpdate update(int shard, WorkerReport... reports) {
    return new ShardUpdate(
        shard,
        coded(Code.INT4, 1001),
        List.of(coded(Code.INT8, 1001), coded(Code.LOG8, 3)),
        List.of(reports));
  }

  private static final WorkerReport REPORT =
      new WorkerReport(2, 3.5, 4, 1, 5, 0.25).at("executor_h_1", 99);

  @Test
  void packedUpdateIsTheSameAgain() throws IOException {
    ShardUpdate update = update(3, REPORT);
    byte[] packed = UpdateFormat.pack(update);
    assertThat(UpdateFormat.unpack(packed)).isEqualTo(update);
    assertThat(UpdateFormat.reports(packed)).containsExactly(REPORT);
  }

  @Test
  void updateWithoutReportsTakesLittleMoreThanItsVectors() {
    ShardUpdate update = update(4);
    assertThat((long) UpdateFormat.pack(update).length)
        .isBetween(update.bytes(), update.bytes() + 40);
  }

  @Test
  void reportAloneGoesInThePlaceOfAShard() throws IOException {
    ShardUpdate report = ShardUpdate.ofReport(5, REPORT);
    assertThat(UpdateFormat.unpack(UpdateFormat.pack(report))).isEqualTo(report);
  }

  @Test
  void shuffledPairsComeBackInOrderAndEnd() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    SerializationStream out = new UpdateSerializer().newInstance().serializeStream(bytes);
    List<Update> updates = List.of(new Update(0, update(2, REPORT)), new Update(9, update(2)));
    for (Update update : updates) {
      out.writeKey(2, AllGatherRdd.anyTag()).writeValue(update, AllGatherRdd.anyTag());
    }
    out.close();
    DeserializationStream in =
        new UpdateSerializer()
            .newInstance()
            .deserializeStream(new ByteArrayInputStream(bytes.toByteArray()));
    for (Update update : updates) {
      assertThat(in.<Integer>readKey(AllGatherRdd.anyTag())).isEqualTo(2);
      assertThat(in.<Update>readValue(AllGatherRdd.anyTag())).isEqualTo(update);
    }
    assertThatThrownBy(() -> in.readKey(AllGatherRdd.anyTag())).isInstanceOf(EOFException.class);
  }
}
