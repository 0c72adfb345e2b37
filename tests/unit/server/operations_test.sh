#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# operations_test: docs/OPERATIONS.md names every setting, log event and counter that the code has, and no setting that it has not.
# usage: operations_test.sh SOURCE-FOLDER GAOND
set -u
cd "$1" || exit 1
page=docs/OPERATIONS.md
failed=0
miss() { echo "$page does not name the $1 $2" >&2; failed=1; }

settings=$(sed -n 's/^\t{ "\([a-z_]*\.[a-z_]*\)", CONFIG_.*/\1/p' server/config.c)
[ -n "$settings" ] || { echo "no settings found in server/config.c" >&2; exit 1; }
for name in $settings; do
	"$2" --help | grep -qF -- "$name" || { echo "gaond --help does not name $name" >&2; failed=1; }
	grep -q "^| .*\<$name\>.* |" $page || miss setting "$name"
done
for name in $(sed -n '/^| Setting /,/^$/s/^| \([^|]*\) |.*/\1/p' $page | grep -o '[a-z_]*\.[a-z_]*'); do
	echo "$settings" | grep -qx "$name" || { echo "$page names the setting $name, which is not there" >&2; failed=1; }
done

events=$(grep -rhoE 'log_(event|write)\(LOG_[A-Z]+, "[a-z_.]+"' runtime server providers | sed 's/.*"\(.*\)"/\1/' | sort -u)
[ -n "$events" ] || { echo "no log events found" >&2; exit 1; }
for name in $events; do grep -q "^| .*\<$name\>.* |" $page || miss event "$name"; done

counters=$(sed -n 's/.*"\(rpc_[a-z_]*\)".*/\1/p' runtime/rpc/server_metrics.c
	sed -n '/^size_t store_metrics/,/^}/s/.*{ "\([a-z_]*\)", .*/store_\1/p' server/store/store.c
	sed -n '/^size_t engine_metrics/,/^}/s/.*{ "\([a-z_]*\)", .*/engine_\1/p' server/engine/engine.c)
[ "$(echo "$counters" | wc -l)" -gt 20 ] || { echo "no counters found" >&2; exit 1; }
for name in $counters; do grep -q "^| .*\<$name\>.* |" $page || miss counter "$name"; done
exit $failed
