"""Faults that only hosts with links of their own have; see local-cluster --hosts."""

import re
import time

from cluster import Failed, Run

ROUND = 4
PARTITION_SECONDS = 60
PAUSE_SECONDS = 90
# Half a minute a round: a job is dozens of questions and answers, each of 400 ms and more.
LOSSY_SECONDS = 1200
# The longest that a second driver is refused for the lease of the first.
RESUME_SECONDS = 300


def host_of_an_executor(cluster):
    """With a DataNode too, where there is one."""
    return sorted(cluster.executors().values())[0]


def begun(cluster, name, **more):
    return Run(cluster, name, **more).start().wait_for_round(ROUND)


def link_down(cluster):
    run = begun(cluster, "link-down")
    host = host_of_an_executor(cluster)
    cluster.call("link", host, "down")
    try:
        return run.finish()
    finally:
        cluster.call("link", host, "up")


def partition(cluster):
    run = begun(cluster, "partition")
    cluster.call("partition", host_of_an_executor(cluster))
    time.sleep(PARTITION_SECONDS)
    cluster.call("heal")
    return run.finish()


def slow_and_lossy(cluster):
    """From host to host, over two links: 200 ms, and nearly 2 % of packets lost."""
    try:
        for host in cluster.hosts():
            cluster.call("shape", host, "--delay", "100ms", "--loss", "1%")
        return Run(cluster, "slow-and-lossy").start().finish(LOSSY_SECONDS)
    finally:
        for host in cluster.hosts():
            cluster.call("shape", host, "--delay", "1ms", "--loss", "0%")


def paused(cluster):
    run = begun(cluster, "paused")
    host = host_of_an_executor(cluster)
    cluster.call("pause", host)
    try:
        time.sleep(PAUSE_SECONDS)
    finally:
        cluster.call("resume", host)
    return run.finish()


def wait_for_lease(message):
    """What the message of a resume that was refused tells its user to do."""
    lease = re.search(r"--resume in (\d+) s", message)
    if not lease:
        raise Failed(f"the second driver ends, and not for the lease of the first: {message[-300:]}")
    time.sleep(int(lease.group(1)) + 1)


def driver_silent(cluster):
    """All cores are held by the silent driver's executors; the second driver starts on another host."""
    run = begun(cluster, "driver-silent", conf={"spark.cores.max": str(2 * cluster.number_of_hosts)}.items())
    cluster.call("link", "driver", "down")
    silent, end = run.process, time.monotonic() + RESUME_SECONDS
    try:
        other = Run(cluster, run.name, conf=run.conf, host="master")
        other.starts, other.moments = 1, run.moments[:]
        while True:
            other.start().process.wait()
            other.reader.join()
            if other.process.returncode == 0:
                break
            if time.monotonic() > end:
                raise Failed(f"the second driver does not go on: {other.lines[-1:]}")
            wait_for_lease("\n".join(other.lines[-20:]))
    finally:
        cluster.call("link", "driver", "up")
    if silent.wait(120) == 0:
        raise Failed("the silent driver went on to the end, beside the second one")
    return other


HOST_CASES = {
    "link of a worker's host down for good": ("link", link_down),
    f"a worker's host cut off for {PARTITION_SECONDS} s": ("partition", partition),
    "200 ms and 2 % loss between all hosts": ("lossy", slow_and_lossy),
    f"a worker's machine paused for {PAUSE_SECONDS} s": ("paused", paused),
    "the driver's host silent, resumed on another": ("driver-silent", driver_silent),
}
