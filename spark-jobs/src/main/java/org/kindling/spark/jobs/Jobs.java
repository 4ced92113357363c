package org.kindling.spark.jobs;

import java.util.List;

/** The subcommands, in the order in which the help lists them. */
public final class Jobs {
  private Jobs() {}

  /** Fresh instances of all subcommands. */
  public static List<Object> all() {
    return List.of(
        new DemoJob(),
        new CorpusJob(),
        new TokenizerJob(),
        new TokenizeJob(),
        new InspectJob(),
        new PretrainJob(),
        new ScaleJob(),
        new SweepJob(),
        new EvaluateJob(),
        new FitJob(),
        new PlanJob(),
        new RoundsJob(),
        new DiagnoseJob(),
        new ReportJob(),
        new SampleJob(),
        new ImportJob(),
        new ExportJob(),
        new RecallJob(),
        new EncodeJob(),
        new DoctorJob(),
        new BenchJob());
  }
}
