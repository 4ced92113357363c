package org.kindling.kernels;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.factory.Nd4j;

/** Memory for what one kernel's call makes on its way: one workspace a thread. */
final class Nd4jWorkspaces implements AutoCloseable {
  private static final AtomicLong INSTANCES = new AtomicLong();
  private static final WorkspaceConfiguration CONFIGURATION =
      WorkspaceConfiguration.builder()
          .initialSize(0)
          .policyAllocation(AllocationPolicy.OVERALLOCATE)
          .overallocationLimit(0.1)
          .policyLearning(LearningPolicy.FIRST_LOOP)
          .policyReset(ResetPolicy.BLOCK_LEFT)
          .policySpill(SpillPolicy.REALLOCATE)
          .build();

  private final String name = "kindling-kernels-" + INSTANCES.incrementAndGet();

  /** Of every thread that has computed: ND4J itself finds only those of the calling one. */
  private final Set<MemoryWorkspace> all =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  /** The calling thread's, to be closed at the end of the call. */
  MemoryWorkspace scope() {
    MemoryWorkspace own = Nd4j.getWorkspaceManager().getAndActivateWorkspace(CONFIGURATION, name);
    all.add(own);
    return own;
  }

  /** Frees those of all threads; none may be computing. */
  @Override
  public void close() {
    synchronized (all) {
      for (MemoryWorkspace own : all) {
        // The workspace has grown to what the largest call wanted: it belongs into the peak.
        OffHeapMemory.allocated(own.getCurrentSize());
        OffHeapMemory.freed(own.getCurrentSize());
        Nd4j.getWorkspaceManager().destroyWorkspace(own);
      }
      all.clear();
    }
  }
}
