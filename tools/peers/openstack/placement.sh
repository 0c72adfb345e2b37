# SPDX-License-Identifier: Apache-2.0
# placement.sh: what Nova's scheduler counts in.
# shellcheck shell=sh disable=SC2154

placement_configure() {
	mkdir -p etc/placement
	cat > etc/placement/placement.conf <<-END
	[DEFAULT]
	log_file = $folder/log/placement.log
	[api]
	auth_strategy = keystone
	[placement_database]
	$(database placement)
	[keystone_authtoken]
	$(credentials placement)
	END
}

placement_tables() { placement-manage --config-file "$folder/etc/placement/placement.conf" db sync; }

placement_start() {
	launch placement env OS_PLACEMENT_CONFIG_DIR="$folder/etc/placement" uwsgi --http-socket "$host:$placement_port" --plugin python3 \
		--master --die-on-term --processes 1 --threads 4 --buffer-size 65535 --wsgi-file /usr/bin/placement-api
}
