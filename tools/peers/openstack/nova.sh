# SPDX-License-Identifier: Apache-2.0
# nova.sh: the whole of Nova with one compute node, whose hypervisor is its own fake one (see nova_driver.py).
# shellcheck shell=sh disable=SC2154

nova_configure() {
	mkdir -p state/nova/instances
	# What an operator may allow: by default only administrators see diagnostics.
	echo '"os_compute_api:os-server-diagnostics": "role:member or role:admin"' > etc/nova-policy.yaml
	cat > etc/nova.conf <<-END
	[DEFAULT]
	my_ip = $host
	host = fake1
	compute_driver = nova_driver.Compute
	allow_resize_to_same_host = true
	vif_plugging_is_fatal = false
	vif_plugging_timeout = 0
	$(queue)
	state_path = $folder/state/nova
	osapi_compute_listen = $host
	osapi_compute_listen_port = $nova_port
	enabled_apis = osapi_compute
	osapi_compute_workers = 1
	service_down_time = 3600
	sync_power_state_interval = -1
	[api_database]
	$(database nova_api)
	[database]
	$(database nova)
	[api]
	auth_strategy = keystone
	[oslo_policy]
	policy_file = $folder/etc/nova-policy.yaml
	[wsgi]
	api_paste_config = /usr/share/nova-common/api-paste.ini
	[conductor]
	workers = 1
	[scheduler]
	workers = 1
	[oslo_concurrency]
	lock_path = $folder/run
	[vnc]
	enabled = true
	server_listen = $host
	novncproxy_base_url = http://$host:6080/vnc_auto.html
	[glance]
	api_servers = http://$host:$glance_port
	[cinder]
	catalog_info = volumev3::publicURL
	[keystone_authtoken]
	$(credentials nova)
	[placement]
	$(credentials placement | grep -v '^www_')
	[neutron]
	$(credentials neutron | grep -v '^www_')
	[service_user]
	send_service_user_token = true
	$(credentials nova | grep -v '^www_')
	END
}

nova_manage() { nova-manage --config-file "$folder/etc/nova.conf" --log-file "$folder/log/nova-manage.log" "$@"; }

nova_tables() {
	printf '[database]\n%s\n' "$(database nova_cell0)" > etc/nova-cell0.conf
	nova_manage api_db sync && nova_manage db sync --local_cell &&
		nova_manage --config-file "$folder/etc/nova-cell0.conf" db sync --local_cell
}

nova_cells() {
	nova_manage cell_v2 map_cell0 --database_connection "$(database nova_cell0 | sed 's/^connection = //')" &&
		nova_manage cell_v2 create_cell --name cell1
}

# nova_launch <part>
nova_launch() {
	# shellcheck disable=SC2046
	launch "nova-$1" $(python "nova.cmd.$1" --config-file "$folder/etc/nova.conf" --log-file "$folder/log/nova-$1.log")
}

nova_start() {
	for part in api conductor scheduler compute; do
		nova_launch "$part"
	done
}

# Until the scheduler knows the compute node. That gives up when the others take too long to come up: an init would start it anew.
nova_discover() {
	launches=1
	for _ in $(seq 60); do
		nova_manage cell_v2 discover_hosts --verbose > log/discover.out 2>&1 || true
		grep -q "Creating host mapping" log/discover.out && return
		if ! lives nova-compute; then
			launches=$((launches + 1))
			[ $launches -le 3 ] || { tail -n 5 log/nova-compute.out log/nova-compute.log >&2; fail "nova-compute ended three times"; }
			nova_launch compute
		fi
		sleep 1
	done
	fail "Nova does not see its compute node; see $folder/log/nova-compute.log"
}
