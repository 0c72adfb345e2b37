#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: installed.sh BUILD-FOLDER PREFIX. Installs into a temporary root and builds four strangers against it.
set -eu
build=$1
prefix=$2
here=$(cd "$(dirname "$0")" && pwd)
[ -z "${GAON_SANITIZE:-}" ] || { echo "SKIP: installed: a sanitized library needs a sanitized program"; exit 77; }
command -v g++ >/dev/null || { echo "SKIP: installed: no C++ compiler"; exit 77; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

for component in libgaon libgaon-dev gaon; do
	DESTDIR=$root cmake --install "$build" --component "$component" >/dev/null
done
pc=$(find "$root" -name gaon.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
library=$root$(pkg-config --variable=libdir gaon)
cflags=$(pkg-config --cflags gaon | sed "s,-I$prefix,-I$root$prefix,g")
system=$(pkg-config --libs libprotobuf-c)

echo "C, shared"
# shellcheck disable=SC2086 # words
${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror $cflags "$here/stranger.c" -o "$root/c-shared" -L"$library" -lgaon $system
LD_LIBRARY_PATH=$library "$root/c-shared"
echo "C, static"
# shellcheck disable=SC2086
${CC:-cc} -std=c11 -Wall -Wextra -Werror $cflags "$here/stranger.c" -o "$root/c-static" "$library/libgaon.a" $system -lgrpc -lgpr -lpthread
"$root/c-static"
echo "C++, shared"
# shellcheck disable=SC2086
g++ -std=c++11 -Wall -Wextra -Werror $cflags "$here/stranger.cc" -o "$root/cxx-shared" -L"$library" -lgaon $system
LD_LIBRARY_PATH=$library "$root/cxx-shared"

echo "only gaon_ names (and the well-known types) leave the library"
strange=$(nm -D --defined-only "$library/libgaon.so.0" | awk '{ print $3 }' | sed 's/@.*//' |
	grep -vE '^(gaon_|google__protobuf__(timestamp|field_mask|duration)__|GAON_0)' || true)
[ -z "$strange" ] || { echo "$strange"; exit 1; }
[ "$(readelf -d "$library/libgaon.so.0" | grep -c 'libgaon.so.0')" = 1 ]

echo "the command, its manual page and its completion"
"$root$prefix/bin/gaon" version
[ -z "$(groff -man -Kutf8 -Tutf8 -ww -z "$root$prefix/share/man/man1/gaon.1" 2>&1)" ]
bash -n "$root$prefix/share/bash-completion/completions/gaon"
