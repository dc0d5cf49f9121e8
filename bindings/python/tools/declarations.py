#!/usr/bin/env python3
"""Writes src/hookrail/_native/declarations.py from include/hookrail.h, for `make header`.

tools/declarations.py HEADER          prints the module
tools/declarations.py HEADER --write  writes it
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MODULE = Path(__file__).resolve().parent.parent / "src/hookrail/_native/declarations.py"

HEAD = '''\
# Written by tools/declarations.py from include/hookrail.h. Do not edit: run `make header`.
"""The constants, structures and functions of the C ABI."""

from __future__ import annotations

from ctypes import (
    Structure,
    c_bool,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Final
'''

NUMBERS = {
    "bool": "c_bool",
    "int32_t": "c_int32",
    "uint32_t": "c_uint32",
    "int64_t": "c_int64",
    "uint64_t": "c_uint64",
    "size_t": "c_size_t",
}


def declarations(header: str) -> str:
    """Returns the text of the module for the text of the header."""
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    enums = re.findall(r"typedef enum (\w+) \{(.*?)\}", code, flags=re.DOTALL)
    structures = re.findall(r"typedef struct (\w+) \{(.*?)\}", code, flags=re.DOTALL)
    functions = re.findall(
        r"^((?:const )?\w+ \**)(hookrail_\w+)\(([^)]*)\);", code, flags=re.MULTILINE
    )
    names = {name for _, name, _ in functions}
    types = NUMBERS | {name: "c_int" for name, _ in enums}

    def type_of(c_type: str) -> str:
        """Returns the type of a parameter, of a member, or of a result without a length."""
        c_type = c_type.strip()
        if c_type == "const char *":
            return "c_char_p"
        return "c_void_p" if "*" in c_type else types[c_type]

    def result_of(name: str, c_type: str) -> str:
        if c_type.strip() == "void":
            return "None"
        # Such a text may hold NUL, which c_char_p takes for its end.
        return "c_void_p" if f"{name}_len" in names else type_of(c_type)

    lines = [HEAD]
    for name, value in re.findall(r"^#define (HOOKRAIL_\w+) (\d+)$", code, flags=re.MULTILINE):
        lines.append(f"{name}: Final = {value}")
    for name, body in enums:
        lines.append(f"\n# {name}")
        lines += [
            f"{member}: Final = {value}"
            for member, value in re.findall(r"(HOOKRAIL_\w+) = (-?\d+)", body)
        ]
    for name, body in structures:
        lines.append(f"\n\nclass {name}(Structure):")
        lines.append("    _fields_ = [")
        for c_type, member in re.findall(r"^\s*(\S.*?)(\w+);$", body, flags=re.MULTILINE):
            lines.append(f'        ("{member}", {type_of(c_type)}),')
        lines.append("    ]")
    lines.append("\n\n# The functions: the type of the result, and the types of the parameters.")
    lines.append("FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {")
    for c_type, name, parameters in functions:
        # A parameter is a type, which ends with a blank or an asterisk, and a name.
        parameter_types = [
            type_of(re.sub(r"\w+$", "", " ".join(parameter.split())))
            for parameter in parameters.split(",")
            if parameter.strip() != "void"
        ]
        lines.append(f'    "{name}": (')
        lines.append(f"        {result_of(name, c_type)},")
        if len(parameter_types) < 2:
            lines.append(f"        ({''.join(f'{each},' for each in parameter_types)}),")
        else:
            one_line = f"        ({', '.join(parameter_types)}),"
            if len(one_line) <= 100:
                lines.append(one_line)
            else:
                lines += [
                    "        (",
                    *(f"            {each}," for each in parameter_types),
                    "        ),",
                ]
        lines.append("    ),")
    lines.append("}")
    return "\n".join(lines) + "\n"


def main() -> None:
    text = declarations(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if "--write" in sys.argv:
        MODULE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
