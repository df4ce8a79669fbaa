"""The programs that tare is compared with, each with state of its own in a scratch folder."""

import os
import shutil
import signal
import subprocess
import time


def version_of(command):
    path = shutil.which(command[0])
    if not path:
        return None
    result = subprocess.run(command, capture_output=True, text=True)
    lines = (result.stdout + result.stderr).strip().splitlines()
    return lines[0] if lines else "unknown version"


class Dockerd:
    """A private daemon: own data, own socket, in the caller's network namespace."""

    def __init__(self, scratch):
        self.socket, self.process, self.failure = f"{scratch}/docker.sock", None, None
        self.scratch = scratch
        # The client beside the daemon's package: a newer one elsewhere in PATH is slower to start.
        self.client = "/usr/bin/docker" if os.path.exists("/usr/bin/docker") else shutil.which("docker")

    def start(self):
        daemon = shutil.which("dockerd") or shutil.which("dockerd", path="/usr/sbin:/sbin")
        if not daemon or not self.client:
            self.failure = "docker and dockerd are not both installed"
            return False
        log = open(f"{self.scratch}/dockerd.log", "w")
        self.process = subprocess.Popen(
            [daemon, "--data-root", f"{self.scratch}/docker", "--exec-root", f"{self.scratch}/docker-exec",
             "-H", f"unix://{self.socket}", "--pidfile", f"{self.scratch}/docker.pid"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(300):
            if self.process.poll() is not None:
                self.failure = f"dockerd ended by itself: see {log.name}"
                return False
            if subprocess.run(self.command("version"), capture_output=True).returncode == 0:
                return True
            time.sleep(0.1)
        self.failure = "dockerd does not answer"
        return False

    def command(self, *arguments):
        return [self.client, "-H", f"unix://{self.socket}", *arguments]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


class Podman:
    """Podman with one OCI runtime, and buildah on the same storage."""

    def __init__(self, scratch, runtime):
        self.runtime = runtime
        self.folder = f"{scratch}/podman-{runtime}"
        os.makedirs(self.folder)
        # Raising limits needs CAP_SYS_RESOURCE, which not every root has; journald may not run.
        with open(f"{self.folder}/containers.conf", "w") as file:
            file.write("[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = \"cgroupfs\"\n"
                       f"events_logger = \"file\"\nruntime = \"{runtime}\"\n")
        self.env = {"CONTAINERS_CONF": f"{self.folder}/containers.conf"}

    def command(self, *arguments):
        return ["podman", "--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run",
                "--tmpdir", f"{self.folder}/tmp", *arguments]

    def buildah(self, *arguments):
        return ["buildah", "--root", f"{self.folder}/root", "--runroot", f"{self.folder}/run", *arguments]


class Registry:
    """tare-registry, or the distribution's docker-registry, on a loopback port."""

    def __init__(self, name, command, scratch):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=open(f"{scratch}/{name}.log", "w"), text=True)
        self.address = None

    def read_address(self):
        """tare-registry says where it listens when clients can connect."""
        line = self.process.stdout.readline()
        self.address = line.strip().rpartition("//")[2]
        return bool(self.address)  # empty: it has ended

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def start_tare_registry(bin_folder, scratch):
    registry = Registry("tare-registry", [f"{bin_folder}/tare-registry", "serve", "--quiet", "--listen", "127.0.0.1:0",
                                          "--root", f"{scratch}/tare-registry"], scratch)
    return registry if registry.read_address() else None


def start_docker_registry(scratch):
    if not shutil.which("docker-registry"):
        return None
    config = f"{scratch}/docker-registry.yml"
    with open(config, "w") as file:
        file.write(f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {scratch}/docker-registry}}}}\n"
                   "http: {addr: '127.0.0.1:5017'}\n")
    registry = Registry("docker-registry", ["docker-registry", "serve", config], scratch)
    registry.address = "127.0.0.1:5017"  # free: the network namespace is ours alone
    time.sleep(1)
    return registry if registry.process.poll() is None else None
