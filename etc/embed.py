#!/usr/bin/env python3
"""Write the YAML files of this folder as one C file, or list them.

embed.py --list DIR        names of the files, relative to DIR, one a line
embed.py DIR OUT           the C file
"""
import pathlib
import sys


def names(folder):
    """All of them but the samples, which nobody looks up."""
    found = [*folder.glob("*.yaml"), *folder.glob("rules/*.yaml")]
    return sorted(path.relative_to(folder).as_posix() for path in found
                  if path.name not in ("tocsind.yaml", "organisations.yaml"))


def array(number, data):
    lines = [f"static const unsigned char file{number}[] = {{"]
    for at in range(0, len(data), 12):
        row = ", ".join(f"0x{byte:02x}" for byte in data[at:at + 12])
        lines.append(f"\t{row},")
    # An empty array is no C; the length says that this byte is none.
    if not data:
        lines.append("\t0x00,")
    return "\n".join([*lines, "};", ""])


def program(folder):
    files = [(name, (folder / name).read_bytes()) for name in names(folder)]
    parts = ['#include "etc/embedded.h"', "", "#include <string.h>", ""]
    parts += [array(i, data) for i, (_, data) in enumerate(files)]
    parts.append("static const struct embedded_file files[] = {")
    for i, (name, data) in enumerate(files):
        parts.append(f'\t{{ "{name}", file{i}, {len(data)} }},')
    parts += [
        "\t{ NULL, NULL, 0 },",
        "};",
        "",
        "const struct embedded_file *",
        "embedded_find(const char *name)",
        "{",
        "\tfor (const struct embedded_file *f = files; f->name; f++) {",
        "\t\tif (!strcmp(f->name, name))",
        "\t\t\treturn f;",
        "\t}",
        "\treturn NULL;",
        "}",
        "",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print("\n".join(names(pathlib.Path(sys.argv[2]))))
    else:
        text = program(pathlib.Path(sys.argv[1]))
        pathlib.Path(sys.argv[2]).write_text(text, encoding="utf-8")
