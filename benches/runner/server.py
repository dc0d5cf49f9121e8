"""The programs' server, and its certificates."""

import json
import os
import subprocess
from pathlib import Path

from programs import BenchmarkError, Layout


def make_certificates(folder: Path) -> None:
    """Makes an authority (ca), a certificate of it (cert, key) and another authority."""
    folder.mkdir(parents=True, exist_ok=True)
    names = folder / "names"
    names.write_text("subjectAltName=IP:127.0.0.1\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for authority in ("ca", "other-ca"):
        _openssl(
            folder,
            *("req", "-x509", *key, "-days", "7", "-subj", f"/CN=benchmark {authority}"),
            *("-keyout", f"{authority}.key", "-out", f"{authority}.pem"),
        )
    _openssl(
        folder, "req", *key, "-subj", "/CN=benchmark", "-keyout", "key.pem", "-out", "request.pem"
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "7"),
        *("-extfile", names.name, "-out", "cert.pem"),
    )


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Server:
    """A running bench-server; a context manager. It knows the number of requests that it should
    have got."""

    def __init__(self, layout: Layout, certificates: Path | None = None, service_ms: int = 0) -> None:
        argv = [str(layout.build / "bench-server"), "--delay-ms", str(service_ms)]
        if certificates is not None:
            argv += ["--cert", str(certificates / "cert.pem")]
            argv += ["--key", str(certificates / "key.pem")]
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith("listening on "):
            raise BenchmarkError("bench-server does not start")
        self.url = line.removeprefix("listening on ").strip()
        self.ca = None if certificates is None else certificates / "ca.pem"
        self.other_ca = None if certificates is None else certificates / "other-ca.pem"
        self.expected_requests = 0
        self.totals: dict[str, object] = {}

    def place_on(self, cpus: set[int]) -> None:
        os.sched_setaffinity(self._process.pid, cpus)

    def cpu_seconds(self) -> float:
        """Returns the CPU time that its one thread has used."""
        schedstat = Path(f"/proc/{self._process.pid}/schedstat").read_text()
        return int(schedstat.split()[0]) / 1e9

    def stop(self) -> None:
        """Ends it and reads its counters."""
        self._process.terminate()
        output, _ = self._process.communicate(timeout=10)
        self.totals = json.loads(output)

    def check_requests(self) -> None:
        """Fails unless it got each request once. Call it after the server's end."""
        if self.totals["requests"] != self.expected_requests:
            raise BenchmarkError(
                f"{self.expected_requests} requests were sent, but the server had "
                f"{self.totals['requests']}"
            )

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
