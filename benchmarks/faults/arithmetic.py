"""What the runs compute with, and which GPUs their cluster says it has."""

import glob
import os
import subprocess

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIBTORCH = os.path.join(HOME, "backends", "libtorch", "target")
MISSING = "no kernels by libtorch in backends/libtorch/target; run ./mvnw -B -ntp -Plibtorch -DskipTests -pl backends/libtorch -am package"


class Arithmetic:
    """Flags of commands and variables of processes, for kernels by a name of training.kernels."""

    def __init__(self, kernels="auto", gpus=0, conf=(), settings=()):
        self.kernels, self.gpus = kernels, gpus
        self.given = dict(pair.split("=", 1) for pair in conf)
        self.settings = [f"training.kernels={kernels}", "training.device=cpu"] if kernels == "torch" else []
        self.settings += settings
        self.jars, self.folder = [], None

    def prepare(self, directory):
        """Unpacks libtorch once for all executors, and makes the cards up."""
        self.directory = directory
        if self.kernels == "torch":
            self.jars = glob.glob(os.path.join(LIBTORCH, "kindling-libtorch-*.jar"))
            found = glob.glob(os.path.join(LIBTORCH, "jars", "*.jar"))
            native = [jar for jar in found if "-linux-" in jar]
            self.jars += [jar for jar in found if jar not in native]
            if len(self.jars) != 2 or len(native) != 1:
                raise SystemExit(f"faults: {MISSING}")
            pack = os.path.join(HOME, "cluster-config", "gpu", "pack-libtorch")
            subprocess.run([pack, "--output", directory, "--jar", native[0]], check=True, stdout=subprocess.DEVNULL)
            self.folder = next(p for p in glob.glob(os.path.join(directory, "libtorch-*")) if os.path.isdir(p))
        if self.gpus:
            self.script("nvidia-smi", f"seq 0 {self.gpus - 1}")
            discover = os.path.join(HOME, "cluster-config", "gpu", "discover-gpus.sh")
            self.script("discover", f"PATH={directory}:$PATH exec {discover}")

    def script(self, name, body):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/usr/bin/env bash\n{body}\n")
        os.chmod(path, 0o755)

    def of_servers(self):
        """Variables of the cluster's own processes."""
        if not self.gpus:
            return {}
        discovery = f"-Dspark.worker.resource.gpu.discoveryScript={self.directory}/discover"
        return {"KINDLING_SERVER_FLAGS": f"-Dspark.worker.resource.gpu.amount={self.gpus} {discovery}"}

    def of_commands(self):
        return {"KINDLING_LIBTORCH": self.folder} if self.folder else {}

    def conf(self):
        """Spark's settings."""
        found = {"spark.executorEnv.KINDLING_LIBTORCH": self.folder} if self.folder else {}
        if self.gpus:
            found["spark.executor.resource.gpu.amount"] = "1"
        return {**found, **self.given}

    def options(self):
        """Of commands that compute without training."""
        return ["--kernels", self.kernels, "--device", "cpu"] if self.kernels == "torch" else []
