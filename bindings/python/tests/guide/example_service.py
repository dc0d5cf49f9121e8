"""The service at https://hooks.example.com, for examples that name it."""

from __future__ import annotations

import selectors
import socket
import ssl
import subprocess
import threading
from pathlib import Path

from tests.support.devserver import Devserver

HOST = "hooks.example.com"


class ExampleService:
    """A proxy that leads to a stand-in, and has the certificate of the host in the examples."""

    def __init__(self, folder: Path, server: Devserver) -> None:
        certificate, key = folder / "cert.pem", folder / "key.pem"
        subject = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
        # The client takes no certificate authority for the certificate of a server.
        subject += ["-addext", "basicConstraints=critical,CA:FALSE"]
        made = ["-keyout", str(key), "-out", str(certificate), "-days", "30", *subject]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", *curve, *made], check=True, capture_output=True
        )
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self.server = server
        self._port = int(server.url.rsplit(":", 1)[1])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.environment = {
            "https_proxy": f"http://127.0.0.1:{self._listener.getsockname()[1]}",
            "SSL_CERT_FILE": str(certificate),
            "HOOKRAIL_BASE_URL": f"https://{HOST}",
            "HOOKRAIL_API_KEY": "hk_dev",
        }
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=[client], daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        assert head.startswith(f"CONNECT {HOST}:443 ".encode())
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with (
            socket.create_connection(("127.0.0.1", self._port)) as service,
            self._tls.wrap_socket(client, server_side=True) as decrypted,
        ):
            self._copy(decrypted, service)

    def _copy(self, client: ssl.SSLSocket, service: socket.socket) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ)
            ready.register(service, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    source, target = (
                        (client, service) if key.fileobj is client else (service, client)
                    )
                    try:
                        data = source.recv(65536)
                    except ssl.SSLWantReadError:
                        continue
                    except OSError:
                        return
                    if not data:
                        return
                    target.sendall(data)

    def close(self) -> None:
        self._listener.close()
