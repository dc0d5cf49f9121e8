"""What was measured, kept as one file for each group."""

import datetime
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import Sample


@dataclass(frozen=True)
class Results:
    """A group's samples, by comparison and program, and when they were taken."""

    group: str
    commit: str
    date: str
    rounds: int
    # What the TLS connections negotiated; "" where there were none.
    tls: str
    # The share of the machine's time that others had while a leg ran.
    disturbance_median: float
    disturbance_max: float
    samples: dict[str, dict[str, list[Sample]]]

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.group}.json").write_text(json.dumps(asdict(self), indent=1))


def read_all(folder: Path, groups: list[str]) -> dict[str, Results]:
    """The groups that were measured."""
    paths = {group: folder / f"{group}.json" for group in groups}
    return {
        group: Results(**json.loads(path.read_text()))
        for group, path in paths.items()
        if path.exists()
    }


def today() -> str:
    return datetime.date.today().isoformat()
