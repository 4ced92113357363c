"""Training, evaluation and sampling, with executors killed in the first two, beside the same without."""

import csv
import io
import os
import re
import subprocess
import time

from cluster import HOME, REFERENCE, Failed, Run, environment, kill, spark_submit

# Of every checkpoint; that of the run differs by its name.
COMPARED = ("family", "step", "loss", "bitsPerByte", "standardError")
DATA = "hdfs:///faults/data"


def pipeline(cluster):
    # What an earlier call has scored would not be scored again.
    cluster.call("fs", "-rm", "-r", "-f", "-skipTrash", "/faults/scores")
    run = Run(cluster, "pipeline").start()
    for number in (2, 6, 9):
        run.wait_for_round(number)
        kill(sorted(cluster.executors())[0])
    run.finish()
    undisturbed = scores(cluster, REFERENCE)
    disturbed = scores(cluster, run.path, kill_one)
    if disturbed != undisturbed:
        raise Failed(f"other scores: {disturbed}, expected {undisturbed}")
    if sample(cluster, run.path) != sample(cluster, REFERENCE):
        raise Failed("another text was sampled")
    return run


def scores(cluster, runs, disturb=None):
    """Scores of all checkpoints; what disturbs them comes when the executors are known, before the first is scored."""
    output = f"/faults/scores{runs}"
    command = ["evaluate", "--runs", f"hdfs://{runs}", "--data", DATA, "--output", f"hdfs://{output}"]
    process = subprocess.Popen(
        spark_submit(cluster) + command + cluster.arithmetic.options(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(cluster),
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if disturb and " executors: " in line:
            disturb(cluster)
    lost = sum(int(n) for line in lines for n in re.findall(r"lostExecutors=(\d+)", line))
    if process.wait() or bool(lost) != bool(disturb):
        raise Failed(f"evaluate {runs}: status {process.returncode}, {lost} executors lost: {lines[-3:]}")
    table = csv.DictReader(io.StringIO(cluster.read(f"{output}/evaluations.csv").decode()))
    return [tuple(row[name] for name in COMPARED) for row in table]


def kill_one(cluster):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for pid in sorted(cluster.executors()):
            if kill(pid):
                return
        time.sleep(0.05)
    raise Failed("evaluate has no executor to kill")


def sample(cluster, path):
    command = ["sample", "--checkpoint", f"hdfs://{path}", "--prompt", "spark ", "--tokens", "200"]
    done = subprocess.run(
        [os.path.join(HOME, "kindling"), *command, *cluster.arithmetic.options()],
        capture_output=True,
        env=environment(cluster),
        text=True,
    )
    if done.returncode or not re.search(r"\w{3}", done.stdout):
        raise Failed(f"sample {path}: status {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout
