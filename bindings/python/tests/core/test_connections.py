"""TLS, client certificates, proxies and unix sockets."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import hookrail
from hookrail import Hookrail
from tests.conftest import KEY
from tests.support.devserver import Devserver
from tests.support.scripted import Answer, ScriptedServer, serve

ACCEPTED: Answer = (202, {"event_id": "ev1"}, {})


@pytest.fixture
def certificates(tmp_path: Path, start_server: Callable[..., Devserver]) -> Path:
    """A folder with the server's certificate and with one for clients, and their keys."""
    start_server("--tls-self-signed", str(tmp_path))
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
        "-subj /CN=client -addext extendedKeyUsage=clientAuth -keyout client-key.pem "
        "-out client.pem"
    )
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_a_certificate_authority_is_trusted_by_file_and_by_text(
    tmp_path: Path, start_server: Callable[..., Devserver]
) -> None:
    server = start_server("--tls-self-signed", str(tmp_path))
    authority = tmp_path / "ca.pem"
    for settings in (
        {"ca_file": authority},
        {"ca_file": str(authority), "tls_roots": "extra_only"},
        {"ca_pem": authority.read_text()},
        {"ca_pem": authority.read_bytes(), "tls_roots": "extra_only"},
    ):
        with Hookrail(KEY, server.url, **settings) as client:  # type: ignore[arg-type]
            assert client.send_event("t", 1).event_id


def test_an_unknown_authority_is_a_final_error(
    tmp_path: Path, start_server: Callable[..., Devserver]
) -> None:
    server = start_server("--tls-self-signed", str(tmp_path))
    with Hookrail(KEY, server.url) as client:
        with pytest.raises(hookrail.HookrailTLSError) as caught:
            client.send_event("t", 1)
    assert isinstance(caught.value, hookrail.HookrailConnectionError)
    assert not caught.value.retryable
    assert caught.value.outcome == "not_sent"


@pytest.fixture
def demanding(certificates: Path) -> Iterator[str]:
    """The URL of a server that demands a certificate of the client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    context.load_verify_locations(certificates / "client.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
                secured = context.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            serve(secured, lambda request: ACCEPTED)

    threading.Thread(target=accept, daemon=True).start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


def test_a_client_certificate_is_shown(certificates: Path, demanding: str) -> None:
    certificate, key = certificates / "client.pem", certificates / "client-key.pem"
    both = certificate.read_text() + key.read_text()
    for settings in (
        {"client_certificate": certificate, "client_key": str(key)},
        {"client_certificate": certificate.read_text(), "client_key": key.read_bytes()},
        {"client_certificate": certificate, "client_key": key.read_text()},
        {"client_certificate": both},
    ):
        trusted = {"ca_file": certificates / "ca.pem", "retries": 0}
        with Hookrail(KEY, demanding, **trusted, **settings) as client:  # type: ignore[arg-type]
            assert client.send_event("t", 1).event_id == "ev1"
    with Hookrail(KEY, demanding, ca_file=certificates / "ca.pem", retries=0) as client:
        with pytest.raises(hookrail.HookrailError):
            client.send_event("t", 1)


def test_a_bad_client_certificate_is_refused_without_its_text(certificates: Path) -> None:
    key = (certificates / "client-key.pem").read_text()
    for certificate in ("-----BEGIN CERTIFICATE-----\nsecret", key):
        with pytest.raises(hookrail.HookrailConfigError) as caught:
            Hookrail(KEY, "https://x", client_certificate=certificate, client_key=key)
        assert "secret" not in str(caught.value)
        assert key.splitlines()[1] not in str(caught.value)


def test_a_file_beside_a_text_that_cannot_be_read_is_refused(certificates: Path) -> None:
    certificate = (certificates / "client.pem").read_text()
    key = (certificates / "client-key.pem").read_text()
    for cannot_be_read in ("/nonexistent", certificates, 5, "a\0b"):
        with pytest.raises(hookrail.HookrailConfigError, match="client_key"):
            Hookrail(KEY, "https://x", client_certificate=certificate, client_key=cannot_be_read)
        with pytest.raises(hookrail.HookrailConfigError, match="client_certificate"):
            Hookrail(KEY, "https://x", client_certificate=cannot_be_read, client_key=key)


def test_a_proxy_forwards_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = ScriptedServer(ACCEPTED)
    with Hookrail(KEY, "http://service.example", proxy=proxy.url) as client:
        assert client.send_event("t", 1).event_id == "ev1"
    assert proxy.requests[0].line == "POST http://service.example/v1/events HTTP/1.1"
    monkeypatch.setenv("http_proxy", proxy.url)
    with Hookrail(KEY, "http://service.example") as client:
        client.send_event("t", 1)
    assert len(proxy.requests) == 2
    service = ScriptedServer(ACCEPTED)
    with Hookrail(KEY, service.url, proxy=False) as client:
        client.send_event("t", 1)
    assert (len(proxy.requests), len(service.requests)) == (2, 1)
    proxy.close()
    service.close()


def test_a_unix_socket_is_reached(tmp_path: Path) -> None:
    path = tmp_path / "service.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(
                target=serve, args=(connection, lambda request: ACCEPTED), daemon=True
            ).start()

    threading.Thread(target=accept, daemon=True).start()
    for settings in ({"unix_socket": path}, {"base_url": f"unix:{path}"}):
        with Hookrail(KEY, **settings) as client:  # type: ignore[arg-type]
            assert client.send_event("t", 1).event_id == "ev1"
    with pytest.raises(hookrail.RetryError), Hookrail(KEY, f"unix:{path}x", retries=0) as client:
        client.send_event("t", 1)
