package org.kindling.training;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.FlatSource;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/** State slices as files of a checkpoint. */
public final class StateFiles {
  private static final String PARAMETERS = "parameters";
  private static final String FIRST_MOMENT = "first_moment";
  private static final String SECOND_MOMENT = "second_moment";
  private static final String OUTER_MOMENTUM = "outer_momentum";

  /**
   * A slice as read back.
   *
   * @param momentum null if the checkpoint has none
   */
  public record Restored(StateSlice state, float[] momentum) implements java.io.Serializable {}

  private StateFiles() {}

  /**
   * @param momentum [slice length], or null if the run has none
   */
  public static FileChecksum write(
      Storage storage, Path directory, Slicing slicing, StateSlice state, float[] momentum)
      throws IOException {
    Map<String, float[]> vectors = new TreeMap<>();
    vectors.put(PARAMETERS, state.parameters());
    vectors.put(FIRST_MOMENT, state.firstMoment());
    vectors.put(SECOND_MOMENT, state.secondMoment());
    if (momentum != null) {
      vectors.put(OUTER_MOMENTUM, momentum);
    }
    return Checkpoint.writeSlice(storage, directory, state.index(), slicing.count(), vectors);
  }

  /**
   * @throws CorruptFileException if the file does not hold this slice of these vectors
   */
  public static Restored read(Storage storage, Path directory, Slicing slicing, int slice)
      throws IOException {
    Map<String, float[]> vectors = Checkpoint.readSlice(storage, directory, slice, slicing.count());
    for (String name : List.of(PARAMETERS, FIRST_MOMENT, SECOND_MOMENT)) {
      float[] vector = vectors.get(name);
      if (vector == null || vector.length != slicing.length(slice)) {
        throw new CorruptFileException(
            directory + " slice " + slice,
            0,
            "expected a vector "
                + name
                + " of "
                + slicing.length(slice)
                + " elements; restore the checkpoint");
      }
    }
    StateSlice state =
        new StateSlice(
            slice,
            vectors.get(PARAMETERS),
            vectors.get(FIRST_MOMENT),
            vectors.get(SECOND_MOMENT),
            List.of());
    return new Restored(state, vectors.get(OUTER_MOMENTUM));
  }

  /** The parameters of a whole state, to be read as one flat vector. */
  public static FlatSource parameters(Slicing slicing, StateSlice[] slices) {
    return (from, target, length) -> {
      int slice = 0;
      while (slicing.offset(slice + 1) <= from) {
        slice++;
      }
      for (int done = 0; done < length; slice++) {
        int at = Math.toIntExact(from + done - slicing.offset(slice));
        int n = Math.min(length - done, slicing.length(slice) - at);
        System.arraycopy(slices[slice].parameters(), at, target, done, n);
        done += n;
      }
    };
  }
}
