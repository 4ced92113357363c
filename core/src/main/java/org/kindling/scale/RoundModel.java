package org.kindling.scale;

import org.kindling.training.StateLayout;

/**
 * Seconds of a round. A round is four parts: what the driver does, the gathering of the state,
 * training, and the averaging of results. Each is as long as its busiest executor takes. Without
 * overlap they follow one another; with it averaging runs while the next round gathers and trains.
 * Immutable.
 *
 * <pre>{@code
 * RoundModel model = RoundModel.of(shape, Network.of("10gbit", "0.1ms"), Coefficients.measured());
 * model.time(30).roundSeconds(); // of a round in which a worker trains for 30 seconds
 * }</pre>
 */
public final class RoundModel {
  private final RoundShape shape;
  private final RoundBytes bytes;
  private final Network network;
  private final Coefficients coefficients;
  private final double contention;

  /**
   * @param trainingSeconds of the executor with most workers
   * @param roundSeconds of the whole round
   */
  public record Time(
      double driverSeconds,
      double gatherSeconds,
      double trainingSeconds,
      double averagingSeconds,
      double roundSeconds) {
    /** Part of the round in which executors train. */
    public double trainingShare() {
      return trainingSeconds / roundSeconds;
    }
  }

  private RoundModel(
      RoundShape shape,
      RoundBytes bytes,
      Network network,
      Coefficients coefficients,
      double contention) {
    this.shape = shape;
    this.bytes = bytes;
    this.network = network;
    this.coefficients = coefficients;
    this.contention = contention;
  }

  /** Of executors with cores of their own. */
  public static RoundModel of(RoundShape shape, Network network, Coefficients coefficients) {
    return new RoundModel(shape, RoundBytes.of(shape), network, coefficients, 1);
  }

  /** Of a state that is cut already. */
  static RoundModel of(
      RoundShape shape, StateLayout layout, Network network, Coefficients coefficients) {
    return new RoundModel(shape, RoundBytes.of(shape, layout), network, coefficients, 1);
  }

  /** The same of executors, so many of which share a core: hosts that are but namespaces. */
  RoundModel sharing(double executorsOfACore) {
    return new RoundModel(shape, bytes, network, coefficients, Math.max(1, executorsOfACore));
  }

  /** Bytes of the round. */
  public RoundBytes bytes() {
    return bytes;
  }

  /** Executors of a core. */
  double contention() {
    return contention;
  }

  private int executors() {
    return shape.executors();
  }

  private double elements() {
    return bytes.layout().elements();
  }

  private double link(double moved) {
    return moved / network.bytesPerSecond();
  }

  /** What the driver does before tasks run: it starts them one after the other. */
  RoundWork beforeTraining() {
    double questions = executors() * bytes.layout().shards() * bytes.gatheredShare();
    return new RoundWork(1, shape.workers(), questions, 0, 0, 0, 0, 0);
  }

  RoundWork beforeAveraging() {
    return new RoundWork(0, bytes.layout().shards(), 0, 0, 0, 0, 0, 0);
  }

  /**
   * From the start of a round until the driver has started a worker's task.
   *
   * @param worker from 0, in the order in which the driver starts them
   */
  double launchSeconds(int worker) {
    int later = shape.workers() - 1 - worker;
    return seconds(beforeTraining()) - later * coefficients.taskSeconds();
  }

  /** Of a newcomer's state on the busiest link of those who send it. */
  double newcomerLinkSeconds() {
    return coefficients.linkFactor() * link(bytes.mostOfState() * newcomerBytes());
  }

  double newcomerBytes() {
    return bytes.wholeBytes() + bytes.roundsOfWhole() / 2.0 * bytes.updateBytes();
  }

  /** To copy anew what an executor held, all its shards with their updates. */
  double restoringSeconds() {
    return 2 * newcomerLinkSeconds();
  }

  /** Brings what an executor holds up to date, and loads its workers' replicas. */
  RoundWork gather() {
    double moved = bytes.busiestGathered();
    double fetches = bytes.layout().shards() * bytes.gatheredShare();
    double loaded = (double) bytes.mostWorkers() * bytes.layout().parameters().size();
    // A fetch asks the driver where the block is, and then its holder for it.
    double wait = 4 * network.delaySeconds() * fetches;
    return new RoundWork(0, 0, 0, fetches, elements() + loaded, moved, link(moved), wait);
  }

  /**
   * Codes results, brings them together, averages them, and stores the mean twice.
   *
   * @param counted workers whose results are averaged
   */
  RoundWork average(int counted) {
    double moved = bytes.busiestReduced(counted) + bytes.busiestReplicated();
    int shards = bytes.placement().most();
    double fetches = (double) shards * (executors() - 1);
    double coded = bytes.mostWorkers() * elements();
    double added = bytes.mostOfState() * elements() * (counted + 1);
    // A shard's task asks all executors at once; then its update goes to the second copy.
    double wait = 2 * network.delaySeconds() * (bytes.placement().hasSecond() ? 2 * shards : 0);
    return new RoundWork(0, 0, 0, fetches, coded + added, moved, link(moved), wait);
  }

  /** All but the training. */
  RoundWork exchange() {
    return beforeTraining().plus(beforeAveraging()).plus(gather()).plus(average(shape.workers()));
  }

  double seconds(RoundWork work) {
    return work.seconds(coefficients, contention);
  }

  /** A newcomer's state: whole, and the updates that have gathered since, in the mean. */
  double newcomerSeconds() {
    double moved = newcomerBytes();
    double updates = 1 + bytes.roundsOfWhole() / 2.0;
    double fetches = bytes.layout().shards() * updates;
    double wait = 4 * network.delaySeconds() * fetches;
    return seconds(new RoundWork(0, 0, 0, fetches, updates * elements(), moved, link(moved), wait));
  }

  /** Every executor writes its shards, and has its second copies, of the whole state. */
  double checkpointSeconds() {
    double written = bytes.mostOfState() * (bytes.checkpointBytes() + bytes.wholeBytes());
    int shards = bytes.layout().shards();
    return seconds(
        new RoundWork(
            0, 2.0 * shards, 0, 0, bytes.mostOfState() * elements(), written, link(written), 0));
  }

  /**
   * @param workerSeconds that a worker trains; the workers of an executor train one after the other
   */
  public Time time(double workerSeconds) {
    double driver = seconds(beforeTraining()) + seconds(beforeAveraging());
    double gather = seconds(gather());
    double training = workerSeconds * bytes.mostWorkers();
    double averaging = seconds(average(shape.workers()));
    double rest =
        shape.overlap() ? Math.max(gather + training, averaging) : gather + training + averaging;
    return new Time(driver, gather, training, averaging, driver + rest);
  }

  /**
   * Fewest local steps with which training has a share of the round, or more.
   *
   * @param stepSeconds of a worker's step
   * @param share above 0 and below 1
   * @return 0 if there is no such number below 2^40
   */
  public long localSteps(double stepSeconds, double share) {
    if (!(stepSeconds > 0) || !(share > 0) || share >= 1) {
      throw new IllegalArgumentException(
          "local steps: expected a step of more than 0 seconds, and a share between 0 and 1");
    }
    long low = 0;
    long high = 1;
    while (time(high * stepSeconds).trainingShare() < share) {
      low = high;
      high *= 2;
      if (high > 1L << 40) {
        return 0;
      }
    }
    while (high - low > 1) {
      long middle = (low + high) / 2;
      if (time(middle * stepSeconds).trainingShare() < share) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }
}
