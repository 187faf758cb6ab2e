#!/usr/bin/env python3
"""docs.py TOCSIND ROOT - parts of docs/*.md between the markers
<!-- generated: WHAT --> and <!-- end --> are what tocsind --describe WHAT
prints.  With TOCSIN_UPDATE_DOCS=1 they are written instead."""
import glob
import os
import re
import subprocess
import sys

PART = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end -->)", re.S)


def main():
    tocsind, root = sys.argv[1:3]
    bad = 0
    for path in sorted(glob.glob(os.path.join(root, "docs", "*.md"))):
        with open(path, encoding="utf-8") as file:
            text = file.read()

        def part(match):
            printed = subprocess.run(
                [tocsind, "--describe=" + match.group(2)], check=True,
                capture_output=True, text=True).stdout
            return match.group(1) + printed.strip("\n") + "\n" \
                + match.group(4)

        fresh = PART.sub(part, text)
        if fresh == text:
            continue
        if os.environ.get("TOCSIN_UPDATE_DOCS"):
            with open(path, "w", encoding="utf-8") as file:
                file.write(fresh)
        else:
            print(f"{os.path.relpath(path, root)}: a generated part is old; "
                  "run it with TOCSIN_UPDATE_DOCS=1")
            bad = 1
    sys.exit(bad)


if __name__ == "__main__":
    main()
