# SPDX-License-Identifier: Apache-2.0
# cinder.sh: Cinder whose volumes are rows without bytes (see cinder_driver.py).
# shellcheck shell=sh disable=SC2154

cinder_configure() {
	mkdir -p state/cinder
	cat > etc/cinder.conf <<-END
	[DEFAULT]
	my_ip = $host
	host = fake1
	osapi_volume_listen = $host
	osapi_volume_listen_port = $cinder_port
	osapi_volume_workers = 1
	api_paste_config = /usr/share/cinder-common/api-paste.ini
	state_path = $folder/state/cinder
	$(queue)
	auth_strategy = keystone
	enabled_backends = fake
	default_volume_type = __DEFAULT__
	glance_api_servers = http://$host:$glance_port
	resource_query_filters_file = /etc/cinder/resource_filters.json
	[fake]
	volume_driver = cinder_driver.Volumes
	volume_backend_name = fake
	[database]
	$(database cinder)
	[oslo_concurrency]
	lock_path = $folder/run
	[keystone_authtoken]
	$(credentials cinder)
	[nova]
	$(credentials nova | grep -v '^www_')
	[service_user]
	send_service_user_token = true
	$(credentials cinder | grep -v '^www_')
	END
}

cinder_tables() { cinder-manage --config-file "$folder/etc/cinder.conf" db sync; }

cinder_start() {
	for part in api scheduler volume; do
		# shellcheck disable=SC2046
		launch "cinder-$part" $(python "cinder.cmd.$part" --config-file "$folder/etc/cinder.conf" \
			--log-file "$folder/log/cinder-$part.log")
	done
}
