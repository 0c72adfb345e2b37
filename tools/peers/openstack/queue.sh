# SPDX-License-Identifier: Apache-2.0
# queue.sh: a RabbitMQ with an Erlang port mapper of its own, so that it meets no other one.
# shellcheck shell=sh disable=SC2154

queue_start() {
	export ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS="$host"
	launch epmd epmd -port "$epmd_port" -address "$host"
	mkdir -p state/rabbitmq
	echo "gaon-$port" > .erlang.cookie
	chmod 600 .erlang.cookie
	printf 'listeners.tcp.default = %s:%s\nloopback_users = none\nlog.file.level = warning\n' "$host" "$queue_port" > etc/rabbitmq.conf
	launch rabbitmq env RABBITMQ_NODENAME="gaon$port@localhost" RABBITMQ_CONFIG_FILE="$folder/etc/rabbitmq.conf" \
		RABBITMQ_DIST_PORT="$erlang_port" RABBITMQ_MNESIA_BASE="$folder/state/rabbitmq" RABBITMQ_LOG_BASE="$folder/log" \
		RABBITMQ_PID_FILE="$folder/run/rabbitmq.own" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/etc/rabbitmq.plugins" \
		RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
		/usr/lib/rabbitmq/bin/rabbitmq-server
}

queue_wait() {
	for _ in $(seq 240); do
		ss -Hltn "sport = :$queue_port" | grep -q . && return
		lives rabbitmq || { tail -n 5 log/rabbitmq.out >&2; fail "RabbitMQ ended at once"; }
		sleep 0.5
	done
	fail "RabbitMQ does not listen after 2 minutes; see $folder/log/rabbitmq.out"
}

queue() { echo "transport_url = rabbit://guest:guest@$host:$queue_port/"; }
