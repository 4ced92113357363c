"""Every kind of fault, as a function that trains one run through it."""

import os
import random
import re
import signal
import time

from cluster import EVERY, STEPS_PER_ROUND, Failed, Run, kill
from pipeline import pipeline

# The checkpoint that is broken while it is written: kept to the end of the run.
BROKEN = 3 * EVERY * STEPS_PER_ROUND
SLOW_WRITE = {
    "spark.hadoop.fs.hdfs.impl": "org.kindling.faults.SlowFiles",
    "spark.hadoop.kindling.faults.slow": f".step-{BROKEN:09d}",
    "spark.hadoop.kindling.faults.slowMillis": "6000",
}

def by_rule(name, rules):
    def case(cluster):
        run = Run(cluster, name.replace(" ", "-"), rules).start().finish()
        for rule in rules.split(","):
            if not any(line.startswith("FAULT Rule") for line in run.lines):
                raise Failed(f"{name}: {rule} did not happen")
        return run

    return case


def executors_in_a_row(cluster):
    run = Run(cluster, "executors-in-a-row").start()
    for number in (2, 5, 8):
        run.wait_for_round(number)
        kill(sorted(cluster.executors())[0])
    return run.finish()


def all_executors(cluster):
    run = Run(cluster, "all-executors").start().wait_for_round(5)
    for pid in cluster.executors():
        kill(pid)
    return run.finish()


def whole_worker(cluster):
    run = Run(cluster, "whole-worker").start().wait_for_round(4)
    busy = next(iter(cluster.executors().values()))
    cluster.kill(busy)
    for pid, worker in cluster.executors().items():
        if worker == busy:
            kill(pid)
    run.finish()
    cluster.start(busy)
    return run


def worker_comes_late(cluster):
    cluster.kill("worker-2")
    try:
        run = Run(cluster, "worker-added").start().wait_for_round(4)
    finally:
        cluster.start("worker-2")
    before = run.lines[:]
    end = time.monotonic() + 30
    while "worker-2" not in cluster.executors().values() and run.running() and time.monotonic() < end:
        time.sleep(0.1)
    if "worker-2" not in cluster.executors().values():
        raise Failed(f"no executor came to the new worker after {before[-1:]}")
    return run.finish()


def speculative_twin(cluster):
    run = Run(
        cluster,
        "speculative-twin",
        "steps@5:sleep@15000",
        {
            "spark.speculation": "true",
            "spark.speculation.interval": "100ms",
            "spark.speculation.multiplier": "1.5",
            "spark.speculation.quantile": "0.5",
            "spark.speculation.minTaskRuntime": "500ms",
            "spark.speculation.efficiency.enabled": "false",
        }.items(),
    ).start().finish()
    if not any(re.search(r"speculativeTasks=[1-9]", line) for line in run.lines):
        raise Failed("no twin was started")
    return run


def stopped_executor(cluster):
    """Silent, but not dead: comes back when the others have gone on without it."""
    run = Run(
        cluster,
        "frozen-executor",
        conf={
            "spark.network.timeout": "6s",
            "spark.network.timeoutInterval": "2s",
            "spark.storage.blockManagerHeartbeatTimeoutMs": "6s",
            "spark.executor.heartbeatInterval": "1s",
        }.items(),
    ).start().wait_for_round(4)
    pid = sorted(cluster.executors())[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        run.finish()
    finally:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
    return run


def while_writing(cluster, name):
    """A run whose checkpoint of step BROKEN takes seconds, at a moment at which it is being written."""
    return Run(cluster, name, conf=SLOW_WRITE.items()).start().wait_for_checkpoint(BROKEN)


def require_overlap(run, moment):
    """Files that were closed after the fault were open when it came: the directory was there before it."""
    closed = {name: status["modificationTime"] / 1000 for name, status in run.checkpoint(BROKEN).items()}
    later = [name for name, at in closed.items() if name.startswith("state-") and at > moment]
    if not later:
        raise Failed(f"{run.name}: the checkpoint was written before the fault came: {closed}, {moment}")


def datanode(cluster):
    run = while_writing(cluster, "datanode")
    moment = time.time()
    cluster.kill("datanode-1")
    if run.checkpoint(BROKEN) or not run.unfinished(BROKEN):
        raise Failed("the checkpoint was finished when the DataNode died")
    run.finish()
    require_overlap(run, moment)
    cluster.start("datanode-1")
    return run


def namenode_while_writing(cluster):
    run = while_writing(cluster, "namenode-checkpoint")
    moment = time.time()
    cluster.kill("namenode")
    time.sleep(6)
    cluster.start("namenode")
    run.finish()
    require_overlap(run, moment)
    return run


def namenode(cluster):
    run = Run(cluster, "namenode").start().wait_for_round(5)
    cluster.kill("namenode")
    time.sleep(4)
    cluster.start("namenode")
    return run.finish()


def driver_at(name, pattern, rules=""):
    def case(cluster):
        run = Run(cluster, name.replace(" ", "-"), rules).start().wait_for(pattern)
        run.kill()
        return run.start().finish()

    return case


def driver_terminated(cluster):
    run = Run(cluster, "driver-terminated").start().wait_for_round(7)
    run.process.terminate()
    run.process.wait()
    return run.resume().finish()


def second_driver(cluster):
    # The first one is kept at it until the second has had time to start.
    run = Run(cluster, "second-driver", "steps@5:sleep@45000").start().wait_for_round(4)
    other = Run(cluster, "second-driver", conf={"spark.cores.max": "1"}.items())
    other.starts = 1
    other.start()
    other.process.wait()
    other.reader.join()
    if not any("is in use by another driver" in line for line in other.lines) or other.process.returncode != 1:
        raise Failed(f"the second driver was not refused: {other.lines[-3:]}")
    return run.finish()


def damaged(name, damage):
    """A run that died after two checkpoints, of which the newer one is then damaged."""

    def case(cluster):
        run = Run(cluster, name.replace(" ", "-")).start().wait_for_round(2 * EVERY + 2)
        run.kill()
        newest = f"{run.path}/checkpoints/step-{2 * EVERY * STEPS_PER_ROUND:09d}/state-00000-of-00002.safetensors"
        content = cluster.read(newest)
        local = os.path.join(cluster.directory, "damaged")
        with open(local, "wb") as file:
            file.write(damage(content))
        cluster.call("fs", "-put", "-f", local, newest)
        run.start().finish()
        text = "\n".join(run.lines)
        older = f"step-{EVERY * STEPS_PER_ROUND:09d}"
        if f"skipping checkpoint step-{2 * EVERY * STEPS_PER_ROUND:09d}" not in text or f"going on from checkpoint {older}" not in text:
            raise Failed(f"{name}: the damage was not noticed: {run.lines[-20:]}")
        return run

    return case


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def disk_full(cluster):
    """HDFS has no more space in the middle of a checkpoint; later there is some."""
    run = while_writing(cluster, "disk-full")
    cluster.limit(run.path, 6 << 20)
    run.process.wait()
    run.reader.join()
    said = [line for line in run.lines if line.startswith("kindling: ")]
    clear = len(said) == 1 and f"/.step-{BROKEN:09d}." in said[0] and "free some space" in said[0]
    if not clear or run.process.returncode != 1:
        raise Failed(f"the full disk is not what the run says: {run.lines[-5:]}")
    whole = BROKEN - EVERY * STEPS_PER_ROUND
    if run.checkpoint(BROKEN) or run.unfinished(BROKEN) or "manifest.json" not in run.checkpoint(whole):
        raise Failed("the full disk left half a checkpoint, or lost one")
    cluster.limit(run.path, -1)
    run.start().finish()
    if not any(line == f"going on from checkpoint step-{whole:09d}" for line in run.lines):
        raise Failed("the run did not go on from the checkpoint before")
    return run


CASES = {
    "executor killed in its local steps": ("steps", by_rule("executor steps", "steps@4:kill@100")),
    "executor killed while it writes the shuffle": ("write", by_rule("executor write", "write@5:kill")),
    "executor killed while it averages": ("reduce", by_rule("executor reduce", "reduce@5:kill")),
    "executor killed while it writes a checkpoint": ("checkpoint", by_rule("executor checkpoint", "checkpoint@6:kill@30")),
    "three executors killed, one after the other": ("row", executors_in_a_row),
    "all executors killed at once": ("all", all_executors),
    "executors killed while it trains and while its checkpoints are scored": ("pipeline", pipeline),
    "a worker with all its executors killed": ("worker", whole_worker),
    "a worker joins in the middle": ("added", worker_comes_late),
    "an executor falls silent and comes back": ("frozen", stopped_executor),
    "a task fails once after its work": ("throw", by_rule("task throws", "steps@4:throw,reduce@7:throw")),
    "a slow task gets a speculative twin": ("twin", speculative_twin),
    "a DataNode killed while a checkpoint is written": ("datanode", datanode),
    "the NameNode killed and restarted": ("namenode", namenode),
    "the NameNode killed while a checkpoint is written, and restarted": ("namenode-checkpoint", namenode_while_writing),
    "driver killed in the first round": ("driver-first", driver_at("driver first", "^hdfs:.*local steps a round")),
    "driver killed between checkpoints": ("driver", driver_at("driver between", r"^round 8 ")),
    "driver killed while a checkpoint is written": (
        "driver-checkpoint",
        driver_at("driver checkpoint", "FAULT Rule", "checkpoint@6:sleep@3000"),
    ),
    "driver terminated (SIGTERM)": ("driver-term", driver_terminated),
    "a second driver on the same run": ("second", second_driver),
    "newest checkpoint with one bit flipped": ("flip", damaged("bit flip", flipped)),
    "newest checkpoint truncated": ("truncated", damaged("truncated", lambda content: content[: len(content) // 3])),
    "no space left in the middle of a checkpoint": ("full", disk_full),
}


def random_kills(cluster, seed, count):
    """Kills whatever the seed says at moments that it says; servers are started again a little later."""
    dice = random.Random(seed)
    run = Run(cluster, f"random-{seed}").start().wait_for_round(1)
    done = []
    for _ in range(count):
        time.sleep(dice.uniform(0.2, 2.2))
        kind = dice.choice(["executor", "executor", "executor", "driver", "worker", "datanode"])
        choice = dice.random()
        if not run.running():
            if run.process.returncode == 0:
                break
            run.resume()
        if kind == "driver":
            run.kill()
            run.start()
            try:
                run.wait_for("going on from|no valid checkpoint")
            except Failed:
                pass
        elif kind == "worker":
            worker = "worker-1" if choice < 0.5 else "worker-2"
            cluster.kill(worker)
            cluster.start(worker)
        elif kind == "datanode":
            node = "datanode-1" if choice < 0.5 else "datanode-2"
            cluster.kill(node)
            cluster.start(node)
        else:
            found = sorted(cluster.executors())
            if not found:
                continue
            kill(found[int(choice * len(found))])
        done.append(kind)
    run.finish()
    return run, done
