# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# steps.sh: what the walks share: gaond, people, the gaon command as somebody, refusals, what a cloud cannot do. Sourced by them.
# Wants $build, the build folder. Makes $folder, which goes when all went well.
build=$(cd "$build" && pwd)
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d /var/tmp/gaon-demo.XXXXXX)
chmod 755 "$folder" # guests do not run as root, and must reach their disks
export GAON_CONFIG=$folder/config.json
unset GAON_ADDRESS GAON_TOKEN GAON_TENANT GAON_PROJECT
gaond_pid=""
began=$(date +%s)
skipped=0
# shellcheck source=tools/demo/clouds.sh
. "$tools/demo/clouds.sh"

bold=""; plain=""
[ -t 1 ] && { bold=$(tput bold 2>/dev/null || true); plain=$(tput sgr0 2>/dev/null || true); }
title() { printf '\n%s%2d. %s%s\n' "$bold" "$1" "$2" "$plain"; }
note() { printf '    %s\n' "$*"; }
die() { printf '\nThe demonstration FAILED: %s\nIts folder is kept: %s\n' "$*" "$folder" >&2; exit 1; }
# skip PEER WHY: the walk cannot be made here, and says so.
skip() { printf 'SKIP: %s: %s\n' "$1" "$2"; exit 77; }

stop_all() {
	code=$?
	[ -n "$gaond_pid" ] && kill "$gaond_pid" 2>/dev/null && wait "$gaond_pid" 2>/dev/null
	clouds_stop
	case $code in 0|77) rm -rf "$folder" ;; esac
	exit $code
}
trap stop_all EXIT
trap 'exit 130' INT TERM

gaon() { who=$1; shift; "$build/client/cli/gaon" --context "$who" "$@"; }

# as WHO WORDS…: runs gaon as somebody, shows the command and what it says; fails the walk when it fails.
as() {
	printf '    %s$ gaon' "$1"; printf ' %q' "${@:2}"; printf '\n'
	gaon "$@" 2>&1 </dev/null | sed 's/^/      /'
	[ "${PIPESTATUS[0]}" -eq 0 ] || die "gaon ${*:2} (as $1)"
}
# refused WHO EXIT REASON WORDS…: must fail with this exit code and this reason.
refused() {
	who=$1; code=$2; reason=$3; shift 3
	printf '    %s$ gaon' "$who"; printf ' %q' "$@"; printf '\n'
	said=$("$build/client/cli/gaon" --context "$who" "$@" 2>&1 </dev/null); got=$?
	printf '%s\n' "$said" | head -n 3 | sed 's/^/      /'
	[ $got -eq "$code" ] || die "gaon $* (as $who) ended with $got, not $code"
	case $said in *"$reason"*) ;; *) die "gaon $* (as $who) does not say $reason" ;; esac
}
# ask WHO FIELD WORDS…: one field of the answer, as text, "" where there is none. The field is a dotted path over JSON.
ask() {
	who=$1; field=$2; shift 2
	said=$("$build/client/cli/gaon" --context "$who" "$@" --output json </dev/null) || die "gaon $* (as $who)"
	printf '%s' "$said" | python3 -c '
import json, sys
value = json.load(sys.stdin)
for part in sys.argv[1].split("."):
    value = (value[int(part)] if part.isdigit() and int(part) < len(value) else value.get(part, "") if isinstance(value, dict) else "") if value else ""
print(value)' "$field" || die "gaon $* (as $who): $field cannot be read"
}

# learn CONNECTION: what it can do, by its probe: $folder/can, a verb and what it knows to say a line.
learn() {
	gaon hong connection get "$1" --tenant gaon --output json | python3 -c '
import json, sys
for one in json.load(sys.stdin)["capabilities"]:
    if one["support"] != "SUPPORT_NONE":
        print("yes", one["verb"])
    else:
        print("no", one["verb"], one.get("note", ""))' >"$folder/can" || die "$1 does not say what it can do"
}
can() { grep -q "^yes $1\$" "$folder/can"; }
# unless VERB WORDS…: true where the cloud can do it; else gaon must say so of these words, and the skip is named.
unless() {
	verb=$1; shift
	can "$verb" && return 1
	[ $# -eq 0 ] || refused olga 5 VERB_UNSUPPORTED "$@"
	skipped=$((skipped + 1))
	why=$(sed -n "s/^no $verb //p" "$folder/can")
	note "SKIPPED on $cloud: $verb: ${why:-the provider has no such verb}"
}

# operation_of ORDER: the operation of its first item, once there is one.
operation_of() {
	for _ in $(seq 200); do
		found=$(ask rita items.0.operation order get "$1")
		[ -n "$found" ] && { printf '%s\n' "$found"; return; }
		sleep 0.1
	done
	die "no operation works on $1"
}

# start_gaond [PORT]
start_gaond() {
	rm -f "$folder/port"
	"$build/server/gaond" --store.url "sqlite:$folder/gaon.db" --server.address "127.0.0.1:${1:-0}" --server.port_file "$folder/port" \
		--network.allow 127.0.0.1/32 --metering.interval 1s --sync.interval 0 >>"$folder/gaond.out" 2>>"$folder/gaond.log" &
	gaond_pid=$!
	for _ in $(seq 200); do
		[ -s "$folder/port" ] && break
		kill -0 "$gaond_pid" 2>/dev/null || { tail -n 3 "$folder/gaond.log" >&2; die "gaond does not start"; }
		sleep 0.1
	done
	[ -s "$folder/port" ] || die "gaond does not say its port"
	port=$(cat "$folder/port")
}

# installation: the id of this gaond's, which is in the marks of what it makes.
installation() { sed -n 's/.*"installation":"\([^"]*\)".*/\1/p' "$folder/gaond.log" | head -n 1; }

# bootstrap: the first administrator, with what nobody may be called.
bootstrap() {
	token=$(sed -n 's/.*--token \([0-9a-f]*\).*/\1/p' "$folder/gaond.out")
	[ -n "$token" ] || die "gaond printed no bootstrap token"
	note "gaond serves on 127.0.0.1:$port"
	"$build/client/cli/gaon" context add nobody --address "127.0.0.1:$port" >/dev/null || die "context add"
	refused nobody 2 ACCOUNT_NAME_REFUSED bootstrap "$token" --tenant-id gaon --user-id admin
	refused nobody 2 ACCOUNT_NAME_REFUSED bootstrap "$token" --tenant-id gaon --user-id root
	as nobody bootstrap "$token" --tenant-id gaon --user-id hong --display-name "Hong Gildong" --save-as hong
	refused nobody 3 BOOTSTRAP_TOKEN_INVALID bootstrap "$token" --tenant-id gaon --user-id kim
}

people() {
	as hong tenant create acme --parent tenants/gaon --display-name "Acme Inc."
	as hong project create web --tenant acme --display-name "Web shop"
	for person in rita anton olga; do
		as hong user create $person --tenant acme
		as hong api-key create users/$person --tenant acme --project web --display-name "laptop" --save-as $person
	done
	as hong policy add-binding --tenant acme --project web --role requester --member users/rita
	as hong policy add-binding --tenant acme --project web --role approver --member users/anton
	as hong policy add-binding --tenant acme --project web --role operator --member users/olga
}

# offered KIND CONNECTION NATIVE-ID: what the catalog calls it; without an id the first one.
offered() {
	gaon hong "$1" list "$2" --tenant gaon --output json </dev/null | python3 -c '
import json, sys
kind, native = sys.argv[1:]
print(next(row[kind] for row in json.load(sys.stdin)[kind + "s"] if native in ("", row["nativeId"])))' "$1" "$3" ||
		die "$2 offers no $1 ${3:-at all}"
}

# connect NAME: makes the connection that <cloud>_start described, and probes it; its image is called linux from now on.
connect() {
	as hong connection create "$1" --tenant gaon "${connection[@]}"
	as hong connection probe "$1" --tenant gaon --wait
	image=$(offered image "$1" "$image")
	[ -z "$network" ] || network=$(offered network "$1" "$network")
	as hong alias create "tenants/gaon/connections/$1" linux "$image" --kind image
}

rates() {
	as hong rate-card create standard --tenant gaon --currency-code KRW --rate meter=machine-hour,unit_price=20 \
		--rate meter=vcpu-hour,unit_price=12.5 --rate meter=memory-gib-hour,unit_price=8 --rate meter=disk-gib-hour,unit_price=0.15
}

# version WORDS…: a version of the product linux-machine: the same on every cloud, but for its targets.
version() {
	as hong product-version create linux-machine --tenant gaon \
		--parameter parameter=name,type=string,required=true,least=1,most=40 \
		--parameter parameter=size,type=size,required=true --parameter parameter=image,type=image,default_value=linux \
		--parameter parameter=disk_gib,type=integer,default_value=20,least=1,most=100 \
		--parameter parameter=lease_days,type=integer,default_value=30,least=1,most=90 \
		--size size=small,least_vcpus=1,least_memory_mib=512 --size size=medium,least_vcpus=2,least_memory_mib=1024 \
		--rate-card standard --default-lease-days 30 --max-lease-days 90 "$@"
}
