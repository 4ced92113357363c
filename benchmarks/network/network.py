"""A cluster of hosts with limited links, and one training run on it whose bytes are counted."""

import json
import os
import random
import re
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(os.path.dirname(HERE))
LOCAL_CLUSTER = os.path.join(HOME, "cluster-config", "local-cluster")
BUILT = os.path.join(HOME, "spark-jobs", "target")
SETTINGS = """
data: [{path: "hdfs:///network/data"}]
training: {microBatch: 1}
checkpoint: {everyRounds: 1000000}
evaluation: {everyRounds: 0}
"""
# Ethernet, IP and TCP with its time stamps: the part of a packet that no task has sent.
HEADER_BYTES = 66


class Failed(Exception):
    """A run that did not get to its end, or a cluster that did not start."""


def say(text):
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


class Hosts:
    """The servers and hosts, through the script that users have."""

    def __init__(self, directory, workers, memory, shape):
        self.directory, self.workers, self.memory = directory, workers, memory
        self.call("start", "--hosts", str(workers), "--worker-cores", "1", "--worker-memory", memory, *flags(shape))
        self.master = dict(re.findall(r"export (\w+)=(.*)", self.call("env")))["SPARK_MASTER"]

    def call(self, action, *arguments):
        done = subprocess.run([LOCAL_CLUSTER, action, "--dir", self.directory, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"local-cluster {action} {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def shape(self, shape):
        for host in [self.name(n) for n in range(1, self.workers + 1)] + ["master", "driver"]:
            self.call("shape", host, *flags(shape))

    def name(self, number):
        return f"worker-{number}"

    def counters(self):
        return {line["host"]: line for line in map(json.loads, self.call("counters").splitlines())}

    def kindling(self, arguments, conf):
        """As ./kindling does without SPARK_HOME, but jars by their place: nothing is copied to executors."""
        jar = os.path.join(BUILT, "kindling.jar")
        with open(os.path.join(BUILT, "classpath.txt"), encoding="utf-8") as file:
            class_path = ":".join([os.path.join(self.directory, "conf"), jar, file.read().strip()])
        with open(os.path.join(HOME, "kindling"), encoding="utf-8") as file:
            java_flags = re.search(r'java_flags="(.*?)"', file.read(), re.S).group(1).split()
        java = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java"
        command = [LOCAL_CLUSTER, "run", "--dir", self.directory, "--host", "driver", "--"]
        command += ["env", "OMP_NUM_THREADS=1", java, *java_flags, "-Xmx1g", "-XX:+UseSerialGC", "-cp", class_path]
        command += ["org.apache.spark.deploy.SparkSubmit", "--master", self.master]
        settings = {
            "spark.executor.extraClassPath": jar,
            "spark.executor.extraJavaOptions": "--add-modules jdk.incubator.vector -XX:+UseSerialGC",
            "spark.executorEnv.OMP_NUM_THREADS": "1",
            "spark.executor.memory": self.memory,
            "spark.executor.cores": "1",
            "spark.ui.enabled": "false",
            **conf,
        }
        for key, value in settings.items():
            command += ["--conf", f"{key}={value}"]
        return command + ["--class", "org.kindling.spark.Kindling", "spark-internal", *arguments]

    def prepare(self):
        """A corpus of random words, as a dataset on HDFS."""
        words = "spark kindles a fire under the dry wood and the flame goes on until morning comes with rain".split()
        dice = random.Random(3)
        text, settings = (os.path.join(self.directory, name) for name in ("text.txt", "run.yaml"))
        with open(text, "w", encoding="utf-8") as file:
            for _ in range(20000):
                file.write(" ".join(dice.choice(words) for _ in range(12)) + "\n")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(SETTINGS)
        self.call("fs", "-rm", "-r", "-f", "-skipTrash", "/network")
        self.call("fs", "-mkdir", "-p", "/network")
        self.call("fs", "-put", text, settings, "/network/")
        command = ["tokenize", "--input", "hdfs:///network/text.txt", "--tokenizer", "char", "--split", "tail"]
        command += ["--validation-fraction", "0.1", "--output", "hdfs:///network/data"]
        done = subprocess.run(self.kindling(command, {}), capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"tokenize: {(done.stdout + done.stderr).strip()[-500:]}")

    def stop(self):
        self.call("stop")


def flags(shape):
    return [word for key, value in shape.items() for word in (f"--{key}", value)]


def train(hosts, name, settings, conf, seconds):
    """Counters at the end of each round, by round; the lines of the run's metrics."""
    run = f"hdfs:///network/runs/{name}"
    arguments = ["pretrain", "--config", "hdfs:///network/run.yaml", "--set", f"run={run}"]
    for setting in settings:
        arguments += ["--set", setting]
    samples, lines = {}, []
    end = time.monotonic() + seconds
    process = subprocess.Popen(hosts.kindling(arguments, conf), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if found := re.match(r"round (\d+) ", line):
                samples[int(found.group(1))] = hosts.counters()
            if time.monotonic() > end:
                raise Failed(f"{name}: not at its end after {seconds} s: {lines[-1]}")
        if process.wait():
            raise Failed(f"{name}: {lines[-3:]}")
    finally:
        if process.poll() is None:
            process.kill()
    metrics = {m["round"]: m for m in map(json.loads, hosts.call("fs", "-cat", f"{run}/metrics.jsonl").splitlines())}
    parameters = re.search(r"([\d.]+)([kMG]?) parameters", "\n".join(lines))
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[parameters.group(2)]
    return samples, metrics, round(float(parameters.group(1)) * scale)


def summary(samples, metrics, hosts, warm_up):
    """Means of the rounds after the first ones; the last is left out, in which the run also writes its checkpoint."""
    rounds = [r for r in sorted(samples) if warm_up < r < max(samples) and r - 1 in samples]
    if not rounds:
        raise Failed("no round is left to measure; ask for more --rounds")
    workers = [hosts.name(n) for n in range(1, hosts.workers + 1)]

    def moved(host, key, r):
        return samples[r][host][key] - samples[r - 1][host][key]

    def mean(values):
        return statistics.fmean(values)

    def per_worker(key):
        return mean([moved(host, key, r) for host in workers for r in rounds])

    found = {
        "rounds": len(rounds),
        "sentBytes": round(per_worker("sentBytes")),
        "receivedBytes": round(per_worker("receivedBytes")),
        "payloadBytes": round(per_worker("sentBytes") - HEADER_BYTES * per_worker("sentPackets")),
        "mostReceivedBytes": round(max(mean([moved(host, "receivedBytes", r) for r in rounds]) for host in workers)),
        "driverSentBytes": round(mean([moved("driver", "sentBytes", r) for r in rounds])),
        "driverReceivedBytes": round(mean([moved("driver", "receivedBytes", r) for r in rounds])),
        "roundSeconds": round(mean([metrics[r]["seconds"] for r in rounds]), 3),
        "averagingSeconds": round(mean([metrics[r]["averagingSeconds"] for r in rounds]), 3),
    }
    found["trainingShare"] = round(1 - found["averagingSeconds"] / found["roundSeconds"], 4)
    if all("traffic" in metrics[r] for r in rounds):
        found["saidBytes"] = round(mean([sum(metrics[r]["traffic"].values()) for r in rounds]) / hosts.workers)
        found["saidOfSentBytes"] = round(found["saidBytes"] / found["sentBytes"], 4)
    return found
