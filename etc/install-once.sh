#!/bin/sh
# install-once.sh FILE DIR - install a file unless one of its name is there.
set -eu

case $2 in
/*) dir=${DESTDIR:-}$2 ;;
*) dir=$MESON_INSTALL_DESTDIR_PREFIX/$2 ;;
esac
to=$dir/$(basename "$1")
if [ -e "$to" ]; then
	echo "$to stays as it is"
else
	mkdir -p "$dir"
	cp "$1" "$to"
	chmod 0644 "$to"
fi
