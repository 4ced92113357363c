"""A cluster that the script users have starts, and training runs on it."""

import getpass
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

FAULTS = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(os.path.dirname(FAULTS))
LOCAL_CLUSTER = os.path.join(HOME, "cluster-config", "local-cluster")
PLUGIN = os.path.join(FAULTS, "target", "faults.jar")
ROUNDS = 12
STEPS_PER_ROUND = 8
EVERY = 3
RESTARTS = 12
REFERENCE = "/faults/without-faults"
SETTINGS = f"""
data: [{{path: "hdfs:///faults/data"}}]
model: {{layers: 2, heads: 2, width: 32, context: 16}}
training: {{workers: 2, microBatch: 4, localSteps: {STEPS_PER_ROUND}, steps: {ROUNDS * STEPS_PER_ROUND}}}
optimizer: {{warmupSteps: 10}}
checkpoint: {{everyRounds: {EVERY}, keepLast: 2}}
evaluation: {{everyRounds: 4, tokens: 2000}}
"""


# A question to a page that only hosts of the cluster see.
ASK = """
import sys, urllib.request
with urllib.request.urlopen(urllib.request.Request(sys.argv[1], method=sys.argv[2]), timeout=30) as answer:
    sys.stdout.buffer.write(answer.read())
"""


class Failed(Exception):
    """A case could not be carried out or a run was lost."""


def say(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


class Cluster:
    """The servers, through the script that users have."""

    def __init__(self, directory, arithmetic, number_of_hosts=0):
        self.directory, self.arithmetic, self.number_of_hosts = directory, arithmetic, number_of_hosts
        os.makedirs(directory, exist_ok=True)
        arithmetic.prepare(directory)
        hosts = ["--hosts", str(number_of_hosts)] if number_of_hosts else []
        self.call("start", "--worker-cores", "2", "--worker-memory", "1g", "--heap", "192m", *hosts)
        found = dict(re.findall(r"export (\w+)=(.*)", self.call("env")))
        self.master, self.hdfs, self.configuration = found["SPARK_MASTER"], found["HDFS"], found["HADOOP_CONF_DIR"]

    def call(self, action, *arguments, check=True, binary=False):
        done = subprocess.run(
            [LOCAL_CLUSTER, action, "--dir", self.directory, *arguments],
            capture_output=True,
            text=not binary,
            env={**os.environ, **self.arithmetic.of_servers()},
        )
        if check and done.returncode:
            raise Failed(f"local-cluster {action} {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def workers(self):
        return [f"worker-{number}" for number in range(1, (self.number_of_hosts or 2) + 1)]

    def hosts(self):
        return ["master", "driver", *self.workers()]

    def on(self, host):
        """What precedes a command that runs there."""
        return [LOCAL_CLUSTER, "run", "--dir", self.directory, "--host", host, "--"] if self.number_of_hosts else []

    def pid(self, service):
        with open(os.path.join(self.directory, "pids", service), encoding="utf-8") as file:
            return int(file.read())

    def kill(self, *services):
        for service in services:
            kill(self.pid(service))

    def start(self, *services):
        self.call("start", *services)

    def webhdfs(self, path, operation, method="GET"):
        """The NameNode's answer: no Java has to start for it."""
        with open(os.path.join(self.directory, "settings"), encoding="utf-8") as file:
            port = re.search(r"^hdfs_page=(\d+)", file.read(), re.M).group(1)
        address = re.sub(r"hdfs://(.*):\d+", r"\1", self.hdfs)
        url = f"http://{address}:{port}/webhdfs/v1{path}?op={operation}&user.name={getpass.getuser()}"
        if self.number_of_hosts:
            done = subprocess.run([*self.on("master"), sys.executable, "-c", ASK, url, method], capture_output=True)
            if done.returncode:
                raise urllib.error.URLError(done.stderr.decode().strip()[-200:])
            return json.loads(done.stdout or b"{}")
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def list(self, path):
        """Status of everything in a directory, by name, hidden ones too; none if there is no such directory or NameNode."""
        try:
            found = self.webhdfs(path, "LISTSTATUS")["FileStatuses"]["FileStatus"]
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return {}
        return {status["pathSuffix"]: status for status in found}

    def limit(self, path, size_bytes):
        """Space that a directory may take, all copies counted; -1 for any."""
        unchanged = 2**63 - 1
        self.webhdfs(path, f"SETQUOTA&namespacequota={unchanged}&storagespacequota={size_bytes}", "PUT")

    def read(self, path):
        return self.call("fs", "-cat", path, binary=True)

    def executors(self):
        """Process numbers of executors of this cluster, by the port of its master and their work directory."""
        found = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    command = file.read().split(b"\0")
                place = os.readlink(f"/proc/{entry}/cwd")
            except OSError:
                continue
            if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in command and place.startswith(self.directory):
                found[int(entry)] = os.path.relpath(place, os.path.join(self.directory, "work")).split("/")[0]
        return found


class Run:
    """One training run, its driver started as often as it takes."""

    def __init__(self, cluster, name, rules="", conf=(), settings="", host="driver"):
        self.cluster, self.name, self.rules = cluster, name, rules
        self.conf, self.settings, self.host = list(conf), settings, host
        self.lines, self.starts, self.process = [], 0, None
        self.moments = []
        self.log = os.path.join(cluster.directory, "drivers", name + ".log")
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        open(self.log, "w", encoding="utf-8").close()

    @property
    def path(self):
        return f"/faults/runs/{self.name}"

    def start(self):
        self.starts += 1
        arguments = ["pretrain", "--config", "hdfs:///faults/run.yaml", "--set", f"run=hdfs://{self.path}"]
        for setting in [*self.cluster.arithmetic.settings, *self.settings.split()]:
            arguments += ["--set", setting]
        # Killed before its first write it has left nothing to resume.
        begun = not any("no such run; start it without --resume" in line for line in self.lines[-5:])
        if self.starts > 1 and begun:
            arguments.append("--resume")
        self.process = subprocess.Popen(
            spark_submit(self.cluster, self.rules if self.starts == 1 else "", self.conf, self.host) + arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(self.cluster),
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.follow, args=(self.process,), daemon=True)
        self.reader.start()
        return self

    def follow(self, process):
        with open(self.log, "a", encoding="utf-8") as log:
            for line in process.stdout:
                self.lines.append(line.rstrip("\n"))
                if line.startswith("round "):
                    self.moments.append(time.monotonic())
                log.write(line)
                log.flush()

    def wait_for(self, pattern, seconds=180):
        """Until a line of any start so far matches."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(re.search(pattern, line) for line in list(self.lines)):
                return self
            if self.process.poll() is not None and not self.reader.is_alive():
                raise Failed(f"{self.name}: the driver ended before '{pattern}': {self.lines[-1:]}")
            time.sleep(0.01)
        raise Failed(f"{self.name}: no '{pattern}' in {seconds} s")

    def wait_for_checkpoint(self, step, seconds=300):
        """Until files of a checkpoint that is being written are on HDFS, in a directory that readers do not see."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.unfinished(step):
                return self
            time.sleep(0.02)
        raise Failed(f"{self.name}: no checkpoint of step {step} was begun in {seconds} s")

    def unfinished(self, step):
        """Names of files in the hidden directory of a checkpoint."""
        checkpoints = f"{self.path}/checkpoints"
        hidden = [name for name in self.cluster.list(checkpoints) if name.startswith(f".step-{step:09d}.")]
        return [file for name in hidden for file in self.cluster.list(f"{checkpoints}/{name}")]

    def checkpoint(self, step):
        """Files of a checkpoint that readers see."""
        return self.cluster.list(f"{self.path}/checkpoints/step-{step:09d}")

    def wait_for_round(self, number):
        return self.wait_for(rf"^round {number} ")

    def running(self):
        return self.process.poll() is None

    def kill(self):
        kill(self.process.pid)
        self.process.wait()
        self.reader.join()

    def finish(self, seconds=480):
        """Waits for the end; starts a driver that died again."""
        end = time.monotonic() + seconds
        while True:
            try:
                status = self.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired as e:
                self.kill()
                raise Failed(f"{self.name}: not at its end after {seconds} s") from e
            self.reader.join()
            if status == 0:
                return self
            if self.starts > RESTARTS:
                raise Failed(f"{self.name}: lost after {self.starts} starts: {self.lines[-1:]}")
            self.start()

    def resume(self):
        """After the driver ended by itself with an error."""
        self.process.wait()
        self.reader.join()
        return self.start()

    def result(self):
        return result(self.cluster, self.path)

    def stall(self):
        """The longest time between the ends of two rounds, in seconds."""
        return max((later - earlier for earlier, later in zip(self.moments, self.moments[1:])), default=0)

    def again(self):
        """What was done twice, in words."""
        done = [int(m.group(1)) for line in self.lines if (m := re.match(r"round (\d+) ", line))]
        repeated = len(done) - len(set(done))
        tasks = sum(int(n) for line in self.lines for n in re.findall(r"failedTasks=(\d+)", line))
        rebuilt = sum("rebuilding it from files" in line for line in self.lines)
        parts = []
        if tasks:
            parts.append(f"{tasks} task{'s' * (tasks > 1)}")
        if rebuilt:
            parts.append(f"state rebuilt {rebuilt} time{'s' * (rebuilt > 1)}")
        if self.starts > 1:
            parts.append(f"{self.starts - 1} resume{'s' * (self.starts > 2)}")
        if repeated or rebuilt or self.starts > 1:
            parts.append(f"{repeated} round{'s' * (repeated != 1)}")
        return ", ".join(parts) or "nothing"


def result(cluster, path):
    """SHA-256 of a run's model, and its rounds with their losses."""
    model = cluster.read(f"{path}/checkpoints/step-{ROUNDS * STEPS_PER_ROUND:09d}/model.safetensors")
    rounds = [json.loads(line) for line in cluster.read(f"{path}/metrics.jsonl").decode().splitlines()]
    return hashlib.sha256(model).hexdigest(), [(r["round"], r["samples"], r["loss"], r.get("validationLoss", r.get("heldOutLoss"))) for r in rounds]


def environment(cluster):
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "HADOOP_CONF_DIR": cluster.configuration,
        **cluster.arithmetic.of_commands(),
    }


def spark_submit(cluster, rules="", conf=(), host="driver"):
    """As ./kindling does without SPARK_HOME, but jars by their place: nothing is copied for every executor."""
    built = os.path.join(HOME, "spark-jobs", "target")
    jar = os.path.join(built, "kindling.jar")
    with open(os.path.join(built, "classpath.txt"), encoding="utf-8") as file:
        class_path = ":".join([cluster.configuration, jar, PLUGIN, *cluster.arithmetic.jars, file.read().strip()])
    with open(os.path.join(HOME, "kindling"), encoding="utf-8") as file:
        flags = re.search(r'java_flags="(.*?)"', file.read(), re.S).group(1).split()
    java = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"
    settings = {
        "spark.executor.extraClassPath": ":".join([jar, PLUGIN, *cluster.arithmetic.jars]),
        "spark.executor.extraJavaOptions": "--add-modules jdk.incubator.vector -XX:+UseSerialGC",
        "spark.executorEnv.OMP_NUM_THREADS": "1",
        "spark.executor.memory": "480m",
        "spark.executor.cores": "1",
        "spark.cores.max": "3",
        "spark.ui.enabled": "false",
        "spark.plugins": "org.kindling.faults.FaultPlugin",
        "spark.shuffle.sort.io.plugin.class": "org.kindling.faults.DyingShuffle",
        "spark.storage.replication.proactive": "true",
        **({"spark.kindling.faults": rules} if rules else {}),
        **cluster.arithmetic.conf(),
        **dict(conf),
    }
    command = [*cluster.on(host), java, *flags, "-Xmx480m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", class_path]
    command += ["org.apache.spark.deploy.SparkSubmit", "--master", cluster.master]
    for key, value in settings.items():
        command += ["--conf", f"{key}={value}"]
    return command + ["--class", "org.kindling.spark.Kindling", "spark-internal"]
