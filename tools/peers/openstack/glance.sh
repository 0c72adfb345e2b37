# SPDX-License-Identifier: Apache-2.0
# glance.sh: images as files in the folder.
# shellcheck shell=sh disable=SC2154

glance_configure() {
	mkdir -p state/glance
	cat > etc/glance-api.conf <<-END
	[DEFAULT]
	bind_host = $host
	bind_port = $glance_port
	workers = 1
	log_file = $folder/log/glance.log
	[database]
	$(database glance)
	[glance_store]
	stores = file
	default_store = file
	filesystem_store_datadir = $folder/state/glance
	[oslo_concurrency]
	lock_path = $folder/run
	[paste_deploy]
	flavor = keystone
	config_file = /usr/share/glance-common/glance-api-paste.ini
	[keystone_authtoken]
	$(credentials glance)
	END
}

glance_tables() { glance-manage --config-file "$folder/etc/glance-api.conf" db_sync; }

# shellcheck disable=SC2046 # words on purpose
glance_start() { launch glance $(python glance.cmd.api --config-file "$folder/etc/glance-api.conf"); }
