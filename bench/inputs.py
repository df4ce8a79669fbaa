"""What the benchmarks work on: a tiny image, a Debian image, a build context. Made with the standard library alone, so
that no engine's own tools are in the figures."""

import gzip
import hashlib
import http.client
import io
import json
import os
import shutil
import subprocess
import tarfile

OCI = "application/vnd.oci.image"


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def make_rootfs(folder):
    """A static busybox with the few names that are used."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise SystemExit("bench/run: busybox is not installed (package busybox-static)")
    os.makedirs(f"{folder}/bin")
    shutil.copy(busybox, f"{folder}/bin/busybox")
    for name in ("true", "sh", "cat", "sleep"):
        os.symlink("busybox", f"{folder}/bin/{name}")
    for name in ("proc", "sys", "dev", "etc", "tmp"):
        os.mkdir(f"{folder}/{name}")


def tar_of(folder):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(os.listdir(folder)):
            tar.add(f"{folder}/{name}", arcname=name)
    return buffer.getvalue()


def image_config(layer):
    config = {"architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
              "os": "linux", "config": {"Cmd": ["/bin/true"], "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]},
              "rootfs": {"type": "layers", "diff_ids": [sha256(layer)]}, "created": "2026-01-01T00:00:00Z",
              "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "bench"}]}
    return json.dumps(config).encode()


def write_docker_archive(path, name, layer):
    """What `docker save` writes, for `load`."""
    config = image_config(layer)
    config_name = sha256(config)[7:] + ".json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer/layer.tar"]}]).encode()
    with tarfile.open(path, "w") as tar:
        for file, data in ((config_name, config), ("layer/layer.tar", layer), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(file)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


def make_debian_tar(cache):
    """The root file system of a Debian minbase, made once by mmdebstrap; a reason in words where that is impossible."""
    path = f"{cache}/debian-bookworm.tar"
    if os.path.exists(path):
        return path, None
    if not shutil.which("mmdebstrap"):
        return None, "mmdebstrap is not installed"
    os.makedirs(cache, exist_ok=True)
    made = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", path[:-4] + ".part.tar"],
                          capture_output=True, text=True)
    if made.returncode != 0:
        return None, "mmdebstrap: " + (made.stderr.strip().splitlines() or ["failed"])[-1]
    os.rename(path[:-4] + ".part.tar", path)
    return path, None


def push(address, repository, layer, tag="1"):
    """Pushes an image of one gzip layer to a registry at host:port; gives the digest of the layer's blob."""
    return push_packed(address, repository, layer, gzip.compress(layer, 6, mtime=0), tag)


def push_variants(address, repository, layer, count):
    """Images 0 to count - 1 that differ in one small file, and so in their layer: whoever pulls one after the other need
    not remove anything between. (ext4 passes over the inodes that were freed in the last minutes one by one, so what
    comes after a removal of many files measures the removal.) Gives the digests of the layers' blobs."""
    packed = gzip.compress(layer, 6, mtime=0)
    digests = []
    for number in range(count):
        file = tarfile.TarInfo("variant")
        file.size = 512
        first = file.tobuf() + str(number).encode().ljust(512)
        digests.append(push_packed(address, repository, first + layer, gzip.compress(first, 6, mtime=0) + packed, str(number)))
    return digests


def push_packed(address, repository, layer, packed, tag):
    config = image_config(layer)
    connection = http.client.HTTPConnection(address)

    def put(method, target, body, content_type, expected):
        connection.request(method, target, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != expected:
            raise SystemExit(f"bench/run: push {repository} to {address}: {answer.status} {text.decode()}")
        return answer

    for blob in (packed, config):
        location = put("POST", f"/v2/{repository}/blobs/uploads/", b"", "text/plain", 202).getheader("Location")
        target = location[location.index("/v2/"):]
        put("PUT", f"{target}{'&' if '?' in target else '?'}digest={sha256(blob)}", blob, "application/octet-stream", 201)
    descriptor = lambda kind, blob: {"mediaType": f"{OCI}.{kind}", "digest": sha256(blob), "size": len(blob)}
    manifest = {"schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json", "config": descriptor("config.v1+json", config),
                "layers": [descriptor("layer.v1.tar+gzip", packed)]}
    put("PUT", f"/v2/{repository}/manifests/{tag}", json.dumps(manifest).encode(), manifest["mediaType"], 201)
    return sha256(packed)


def make_context(folder, base, files=1000):
    """A build context with many small files, one step of each common kind."""
    os.makedirs(f"{folder}/src")
    for number in range(files):
        with open(f"{folder}/src/{number:04}.txt", "w") as file:
            file.write(f"file {number}\n" * 50)
    with open(f"{folder}/Dockerfile", "w") as file:
        file.write(f"FROM {base}\nENV A=b\nWORKDIR /app\nCOPY src /app/src\n"
                   "RUN cat /app/src/0001.txt > /app/out\nCMD [\"/bin/true\"]\n")
