#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the hardening flags promise, looked up in the files that are shipped.
# usage: hardened.sh BUILD-FOLDER BUILD-TYPE
set -eu
build=$1
type=$2
command -v readelf >/dev/null || { echo "SKIP: hardened: no readelf"; exit 77; }
failed=0

# promise FILE WORDS COMMAND…: the command must find something.
promise() {
	file=$1
	words=$2
	shift 2
	if "$@" >/dev/null; then
		echo "ok: $file: $words"
	else
		echo "FAILED: $file: $words"
		failed=1
	fi
}

in_headers() { readelf -W -l "$1" | grep -Eq "$2"; }
in_dynamic() { readelf -W -d "$1" | grep -Eq "$2"; }
in_symbols() { readelf -W --dyn-syms "$1" | grep -Eq "$2"; }
lacks() { ! "$@"; }

for file in "$build/server/gaond" "$build/client/cli/gaon" "$build/tools/packaging/libgaon.so"; do
	promise "$file" "is loaded at a place that nobody knows (PIE)" sh -c "readelf -h '$file' | grep -q 'Type: *DYN'"
	promise "$file" "has tables that are read-only once it runs (RELRO)" in_headers "$file" GNU_RELRO
	promise "$file" "binds all its names at the start (BIND_NOW)" in_dynamic "$file" 'BIND_NOW|FLAGS.*NOW'
	promise "$file" "has a stack that runs no code" in_headers "$file" 'GNU_STACK .* RW '
	promise "$file" "has no segment that is written and run" lacks in_headers "$file" 'LOAD .* RWE '
	promise "$file" "looks for no library in folders of its builder" lacks in_dynamic "$file" 'RUNPATH|RPATH'
	promise "$file" "guards its stack" in_symbols "$file" __stack_chk_fail
	case $type in
	*Rel*) promise "$file" "calls libc's checked functions (fortify)" in_symbols "$file" '__[a-z]+_chk[@ ]' ;;
	esac
done
exit $failed
