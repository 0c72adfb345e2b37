# SPDX-License-Identifier: Apache-2.0
# process.sh: starting the parts, waiting for them, and ending just those that were started.
# shellcheck shell=sh disable=SC2154 # folder, host come from peer

# launch <name> <command>…: in the background and in a process group of its own, as most of them have workers
launch() {
	name=$1
	shift
	setsid "$@" </dev/null >"log/$name.out" 2>&1 9>&- &
	# With its start time: a number that somebody else got meanwhile is not ours.
	echo "$! $(started_at $!)" > "run/$name.pid"
}

# python <module> <argument>…: a service by the module that its Debian package would start
python() {
	module=$1
	shift
	echo /usr/bin/python3 "$here/service.py" "$module" "$@"
}

started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# lives <name>: the process that launch started is there still
lives() {
	[ -s "run/$1.pid" ] || return 1
	read -r process began < "run/$1.pid"
	[ -n "$began" ] && [ "$(started_at "$process")" = "$began" ] && ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$process/status" 2>/dev/null
}

stop_one() {
	if lives "$1"; then
		read -r process began < "run/$1.pid"
		kill -- "-$process" 2>/dev/null || true
		for _ in $(seq 150); do
			lives "$1" || break
			sleep 0.1
		done
		# Workers of one that went at once may be there still.
		kill -9 -- "-$process" 2>/dev/null || true
	fi
	rm -f "run/$1.pid"
}

is_answering() { curl -s -o /dev/null --max-time 5 "http://$host:$1/"; }

# answers <name> <port>: waits until it does
answers() {
	for _ in $(seq 240); do
		is_answering "$2" && return
		lives "$1" || { tail -n 5 "log/$1.out" >&2; fail "$1 ended at once; see $folder/log/$1.out"; }
		sleep 0.5
	done
	fail "$1 does not answer on port $2 after 2 minutes; see $folder/log"
}

# credentials <user>: how a service of ours asks Keystone
credentials() {
	cat <<-END
	www_authenticate_uri = http://$host:$keystone_port
	auth_url = http://$host:$keystone_port
	auth_type = password
	project_domain_id = default
	user_domain_id = default
	project_name = service
	username = $1
	password = $(cat etc/password)
	region_name = RegionOne
	END
}
