"""The programs in the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[4]


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    heading: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    def run(self, names: dict[str, object]) -> None:
        """Runs the program. Its line numbers are those of the page."""
        names.setdefault("__name__", f"block_{self.line}")
        code = compile("\n" * self.line + self.code, self.page, "exec")
        exec(code, names)


def blocks(page: Path, language: str = "python") -> list[Block]:
    """Returns the blocks of a language in a page of Markdown."""
    found, heading, lines = [], "", page.read_text().splitlines()
    number = 0
    while number < len(lines):
        if lines[number].startswith("#"):
            heading = lines[number].lstrip("# ")
        if match := re.fullmatch(r"( *)```(\w+)", lines[number]):
            end = lines.index(f"{match[1]}```", number)
            if match[2] == language:
                code = "\n".join(line.removeprefix(match[1]) for line in lines[number + 1 : end])
                found.append(Block(page, number + 1, heading, code + "\n"))
            number = end
        number += 1
    return found
