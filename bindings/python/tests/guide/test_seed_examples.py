"""The examples of hookrail 0.1.0 and the programs in its description, without a change."""

from __future__ import annotations

import hashlib
import hmac
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.guide.blocks import ROOT, blocks

SEED = ROOT / "bindings/python/tests/seed/clients/python"
SOURCE = ROOT / "bindings/python/src"


def output_of(program: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    ended = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", program], capture_output=True, text=True
    )
    assert ended.stderr == ""
    return ended.stdout


SENDERS = {
    "examples/quickstart.py": (SEED / "examples/quickstart.py").read_text(),
    "examples/async_quickstart.py": (SEED / "examples/async_quickstart.py").read_text(),
} | {block.heading: block.code for block in blocks(SEED / "README.md")[:2]}


@pytest.mark.usefixtures("examples_work")
@pytest.mark.parametrize("name", SENDERS)
def test_an_example_sends(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    output = output_of(SENDERS[name], monkeypatch)
    event_id = "[0-9A-HJKMNP-TV-Z]{26}"
    expected = event_id if "async" in name else f"event: {event_id} replayed: False"
    assert re.fullmatch(f"{expected}\n", output), output


@pytest.mark.parametrize(
    "code",
    [blocks(SEED / "README.md")[2].code, (SEED / "examples/verify_webhook.py").read_text()],
    ids=["README.md", "examples/verify_webhook.py"],
)
def test_an_example_verifies(code: str) -> None:
    names: dict[str, object] = {}
    exec(code, names)
    handle = names["handle"]
    assert callable(handle)
    body, now = b'{"order_id":"o_1"}', int(time.time())
    mac = hmac.new(b"whsec_a", f"{now}.d_1.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"hookrail-signature": f"t={now},v1={mac}"}
    assert handle(headers, "d_1", body, b"whsec_a") is True
    assert handle(headers, "d_2", body, b"whsec_a") is False
    # 0.1.0 raised errors here that are not the SignatureError of its description.
    assert handle({"hookrail-signature": "forged"}, "d_1", body, b"whsec_a") is False
    assert handle({"hookrail-signature": f"t=1,v1={mac}"}, "d_1", body, b"whsec_a") is False


def test_nothing_of_the_seed_is_missing() -> None:
    assert len(blocks(SEED / "README.md")) == 3
    assert sorted(path.name for path in Path(SEED / "examples").iterdir()) == [
        "async_quickstart.py", "quickstart.py", "verify_webhook.py",
    ]  # fmt: skip
