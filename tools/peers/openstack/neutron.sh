# SPDX-License-Identifier: Apache-2.0
# neutron.sh: ML2 with VLANs and routers. No agent wires anything; neutron_agent.py only says that there is one, so that ports are bound.
# shellcheck shell=sh disable=SC2154

neutron_configure() {
	mkdir -p state/neutron
	cat > etc/neutron.conf <<-END
	[DEFAULT]
	bind_host = $host
	bind_port = $neutron_port
	core_plugin = ml2
	service_plugins = router
	api_workers = 1
	rpc_workers = 1
	rpc_state_report_workers = 0
	api_paste_config = /usr/share/neutron-common/api-paste.ini
	state_path = $folder/state/neutron
	log_file = $folder/log/neutron.log
	$(queue)
	notify_nova_on_port_status_changes = true
	dhcp_agents_per_network = 1
	[database]
	$(database neutron)
	[oslo_concurrency]
	lock_path = $folder/run
	[ml2]
	type_drivers = flat,vlan,local
	tenant_network_types = vlan
	mechanism_drivers = openvswitch
	extension_drivers = port_security
	[ml2_type_vlan]
	network_vlan_ranges = physnet1:100:200
	[ml2_type_flat]
	flat_networks = physnet1
	[securitygroup]
	enable_security_group = true
	firewall_driver = noop
	[keystone_authtoken]
	$(credentials neutron)
	[nova]
	$(credentials nova | grep -v '^www_')
	[placement]
	$(credentials placement | grep -v '^www_')
	END
}

neutron_tables() { neutron-db-manage --config-file "$folder/etc/neutron.conf" upgrade heads; }

neutron_start() {
	launch neutron neutron-server --config-file "$folder/etc/neutron.conf"
	launch neutron-agent /usr/bin/python3 "$here/neutron_agent.py" "$folder/etc/neutron.conf"
}
