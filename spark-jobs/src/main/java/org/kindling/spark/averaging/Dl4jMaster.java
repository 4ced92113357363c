package org.kindling.spark.averaging;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.api.WorkerConfiguration;
import org.deeplearning4j.spark.api.worker.NetBroadcastTuple;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingWorker;

/**
 * DL4J's training master, with the network that it broadcasts every round kept in sight, so that it
 * can be destroyed; DL4J leaves each to the driver's garbage collector.
 */
final class Dl4jMaster extends ParameterAveragingTrainingMaster {
  private final List<Broadcast<NetBroadcastTuple>> sent = new ArrayList<>();

  private final transient Dl4jListener listener;

  private Dl4jMaster(Builder builder, Dl4jListener listener) {
    super(builder);
    this.listener = listener;
  }

  /** Has workers report their steps to a router of the driver. */
  void reportTo(StatsStorageRouter router) {
    setListeners(router, List.of(listener));
  }

  /**
   * Data stay in the partitions they are in, one per worker, and are trained on at once.
   *
   * @param batch examples of every data set
   * @param averagingFrequency steps of a round
   */
  static Dl4jMaster of(int workers, int batch, int averagingFrequency, Dl4jListener listener) {
    Builder builder =
        new Builder(workers, batch)
            .batchSizePerWorker(batch)
            .averagingFrequency(averagingFrequency)
            .saveUpdater(true)
            .repartionData(Repartition.Never)
            .rddTrainingApproach(RDDTrainingApproach.Direct)
            .storageLevel(null)
            .trainingHooks(List.of(listener));
    return new Dl4jMaster(builder, listener);
  }

  @Override
  public ParameterAveragingTrainingWorker getWorkerInstance(SparkDl4jMultiLayer network) {
    NetBroadcastTuple tuple =
        new NetBroadcastTuple(
            network.getNetwork().getLayerWiseConfigurations(),
            network.getNetwork().params(),
            network.getNetwork().getUpdater().getStateViewArray());
    Broadcast<NetBroadcastTuple> broadcast = network.getSparkContext().broadcast(tuple);
    sent.add(broadcast);
    WorkerConfiguration configuration =
        new WorkerConfiguration(
            false,
            rddDataSetNumExamples,
            batchSizePerWorker,
            averagingFrequency,
            prefetchNumBatches,
            false);
    return new ParameterAveragingTrainingWorker(
        broadcast, saveUpdater, configuration, trainingHookList, listeners, getRouterProvider());
  }

  /** Frees what was broadcast, on all executors and here. */
  void destroyBroadcasts() {
    sent.forEach(Broadcast::destroy);
    sent.clear();
  }
}
