"""What a killed executor costs: the work of its task until then, and the time until Spark notices."""

import json
import random
import re
import statistics
import time

from cluster import Failed, Run, kill

BEGIN = "<!-- cost of a kill: written by benchmarks/faults/run -->\n"
END = "<!-- end of the cost of a kill -->\n"
WARM_UP = 5
ROUNDS_PER_KILL = 3
LOCAL_STEPS = 480
MODEL = "model.width=64 model.context=64"


def processor_ticks(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return sum(int(n) for n in file.read().rpartition(")")[2].split()[11:13])
    except OSError:
        return 0


def executor_number(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        words = file.read().split(b"\0")
    return words[words.index(b"--executor-id") + 1].decode()


def busiest(cluster):
    """The executor that computes most at the moment: one with a task."""
    before = {pid: processor_ticks(pid) for pid in cluster.executors()}
    time.sleep(0.15)
    return max(before, key=lambda pid: processor_ticks(pid) - before[pid])


def measure(cluster, kills, seed=1):
    """Kills busy executors at random moments of their local steps; one row for each."""
    dice = random.Random(seed)
    rounds = WARM_UP + ROUNDS_PER_KILL * kills
    settings = f"{MODEL} training.microBatch=8 training.localSteps={LOCAL_STEPS} training.steps={LOCAL_STEPS * rounds}"
    run = Run(cluster, "cost", settings=settings + " checkpoint.everyRounds=1000 evaluation.everyRounds=0").start()
    killed = []
    for number in range(WARM_UP, rounds - 1, ROUNDS_PER_KILL):
        run.wait_for_round(number)
        time.sleep(dice.uniform(0.2, 1.0))
        pid = busiest(cluster)
        executor = executor_number(pid)
        killed.append((number + 1, executor, time.time()))
        kill(pid)
    run.finish()
    return rows(run, killed)


def rows(run, killed):
    metrics = run.cluster.read(f"{run.path}/metrics.jsonl").decode().splitlines()
    seconds = {m["round"]: m["seconds"] for m in map(json.loads, metrics)}
    disturbed = {number + more for number, _, _ in killed for more in (0, 1)}
    usual = statistics.median(s for number, s in seconds.items() if number >= WARM_UP and number not in disturbed)
    found = []
    for number, executor, moment in killed:
        lost = [
            (int(launched) / 1000, int(failed) / 1000)
            for line in run.lines
            for launched, failed in re.findall(rf"^TIMES lost executor={executor} launched=(\d+) failed=(\d+)", line)
        ]
        # Until Spark notices it may give the dead executor another task, which computes nothing.
        lost = [(launched, failed) for launched, failed in lost if launched < moment]
        if len(lost) > 1:
            raise Failed(f"{len(lost)} tasks of executor {executor} were lost, which runs one at a time")
        for launched, failed in lost:
            found.append((moment - launched, failed - moment, seconds[number] - usual))
    if not found:
        raise Failed("no kill hit a task")
    return usual, len(killed), found


def table(measured):
    usual, kills, found = measured
    columns = list(zip(*found))
    beyond = [longer - lost - noticed for lost, noticed, longer in found]
    lines = [
        f"{kills} executors killed in the middle of a round of {usual:.1f} s, {len(found)} of them with a task, which was the only one done again:",
        "",
        "| seconds | median | most |",
        "|---|---|---|",
    ]
    names = ("the task had computed when it was killed", "until Spark gave the task to another executor", "the round took longer by")
    for name, column in zip(names, columns):
        lines.append(f"| {name} | {statistics.median(column):.2f} | {max(column):.2f} |")
    lines.append(f"| the round took longer than by these two | {statistics.median(beyond):.2f} | {max(beyond):.2f} |")
    return "\n".join(lines) + "\n"
