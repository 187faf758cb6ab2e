#!/bin/sh
# format.sh CLANG_FORMAT ROOT - every source is as the formatter lays it out.
set -eu
cd "$2"
find base proto daemon clients bench etc tests -name '*.[ch]' -print0 |
	xargs -0 "$1" --dry-run --Werror
