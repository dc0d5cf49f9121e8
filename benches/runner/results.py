"""The results, stored as one file for each group."""

import datetime
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import Sample


@dataclass(frozen=True)
class Results:
    """A group's samples, by comparison and program, and the date of the measurement."""

    group: str
    commit: str
    date: str
    rounds: int
    # The negotiated TLS version and cipher suite; "" without TLS.
    tls: str
    # The share of the machine's time that other programs used during a leg.
    disturbance_median: float
    disturbance_max: float
    samples: dict[str, dict[str, list[Sample]]]

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.group}.json").write_text(json.dumps(asdict(self), indent=1))


def read_all(folder: Path, groups: list[str]) -> dict[str, Results]:
    """Returns the groups that were measured."""
    paths = {group: folder / f"{group}.json" for group in groups}
    return {
        group: Results(**json.loads(path.read_text()))
        for group, path in paths.items()
        if path.exists()
    }


def today() -> str:
    return datetime.date.today().isoformat()
