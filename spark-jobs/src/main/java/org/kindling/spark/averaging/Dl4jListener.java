package org.kindling.spark.averaging;

import org.apache.spark.TaskContext;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.core.storage.listener.RoutingIterationListener;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.spark.api.TrainingHook;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * What DL4J's optimizer does not know, done on every worker around its steps: the gradient is made
 * that of the mean loss per token and clipped by the norm of all of it, and what the step gave is
 * reported. Serialised with the worker's task; one instance there.
 */
final class Dl4jListener extends BaseTrainingListener
    implements RoutingIterationListener, TrainingHook {
  private static final long serialVersionUID = 1L;

  private final double perToken;
  private final double clipNorm;
  private final Dl4jSchedule schedule;
  private transient StatsStorageRouter router;
  private transient long start;
  private transient double norm;
  private transient double loss;

  /**
   * @param perToken factor that makes a network's score and gradient the mean over tokens
   * @param clipNorm 0 for none
   */
  Dl4jListener(double perToken, double clipNorm, Dl4jSchedule schedule) {
    this.perToken = perToken;
    this.clipNorm = clipNorm;
    this.schedule = schedule;
  }

  @Override
  public void preUpdate(DataSet minibatch, Model model) {
    start = System.nanoTime();
  }

  @Override
  public void onGradientCalculation(Model model) {
    // The score counts what weight decay adds up to.
    double decay = ((MultiLayerNetwork) model).calcRegularizationScore(true);
    loss = (model.score() - decay) * perToken;
    INDArray gradient = model.gradient().gradient();
    // DL4J divides by the number of examples next.
    norm = gradient.norm2Number().doubleValue() * perToken / model.batchSize();
    double clip = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
    if (perToken * clip != 1) {
      gradient.muli(perToken * clip);
    }
  }

  @Override
  public void iterationDone(Model model, int iteration, int epoch) {
    int worker = TaskContext.getPartitionId();
    if (!Double.isFinite(loss)) {
      // DL4J has counted the step already.
      throw new ArithmeticException(
          String.format(
              "step %d, worker %d: the loss is %s at learning rate %s; lower"
                  + " optimizer.learningRate or lengthen optimizer.warmupSteps",
              iteration + 1, worker, loss, schedule.valueAt(iteration, 0)));
    }
    router.putUpdate(new Dl4jStep(worker, loss, norm, (System.nanoTime() - start) / 1e9));
  }

  @Override
  public void postUpdate(DataSet minibatch, Model model) {}

  @Override
  public void preUpdate(MultiDataSet minibatch, Model model) {
    start = System.nanoTime();
  }

  @Override
  public void postUpdate(MultiDataSet minibatch, Model model) {}

  @Override
  public void setStorageRouter(StatsStorageRouter router) {
    this.router = router;
  }

  @Override
  public StatsStorageRouter getStorageRouter() {
    return router;
  }

  @Override
  public void setWorkerID(String workerId) {
    // The number of the task's partition is known better.
  }

  @Override
  public String getWorkerID() {
    return "";
  }

  @Override
  public void setSessionID(String sessionId) {
    // There is one session.
  }

  @Override
  public String getSessionID() {
    return "";
  }

  @Override
  public RoutingIterationListener clone() {
    return new Dl4jListener(perToken, clipNorm, schedule);
  }
}
