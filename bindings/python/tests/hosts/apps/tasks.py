"""Tasks of Celery. The worker's parent process makes the client, and its children use it."""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded

from hookrail import Hookrail

folder = Path(os.environ["CELERY_FOLDER"])
app = Celery("tasks", broker="filesystem://", backend=f"file://{folder}/results")
app.conf.broker_transport_options = {
    "data_folder_in": str(folder / "queue"),
    "data_folder_out": str(folder / "queue"),
    "control_folder": str(folder / "control"),
    "polling_interval": 0.05,
}
client = Hookrail()
client.send_event("host.celery.parent", {})


@app.task
def send(number: int) -> tuple[int, str]:
    return os.getpid(), client.send_event("host.celery", {"number": number}).event_id


@app.task(soft_time_limit=1)
def send_to_nobody(url: str) -> tuple[int, str]:
    """Sends to a server that does not answer."""
    try:
        Hookrail(base_url=url).send_event("host.celery", {})
    except SoftTimeLimitExceeded:
        return os.getpid(), "the limit ended the call"
    return os.getpid(), "the call ended"
