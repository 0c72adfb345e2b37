# SPDX-License-Identifier: Apache-2.0
# keystone.sh: identity v3 with Fernet tokens.
# shellcheck shell=sh disable=SC2154

keystone_configure() {
	mkdir -p etc/fernet etc/credential
	cat > etc/keystone.conf <<-END
	[DEFAULT]
	log_file = $folder/log/keystone.log
	[database]
	$(database keystone)
	[token]
	provider = fernet
	[fernet_tokens]
	key_repository = $folder/etc/fernet
	[credential]
	key_repository = $folder/etc/credential
	END
}

keystone_tables() { keystone-manage --config-file "$folder/etc/keystone.conf" db_sync; }

keystone_bootstrap() {
	manage="keystone-manage --config-file $folder/etc/keystone.conf"
	$manage fernet_setup --keystone-user root --keystone-group root &&
		$manage credential_setup --keystone-user root --keystone-group root &&
		$manage bootstrap --bootstrap-password "$(cat etc/password)" --bootstrap-admin-url "$auth_url" \
			--bootstrap-internal-url "$auth_url" --bootstrap-public-url "$auth_url" --bootstrap-region-id RegionOne
}

keystone_start() {
	launch keystone env OS_KEYSTONE_CONFIG_FILES="$folder/etc/keystone.conf" uwsgi --http-socket "$host:$keystone_port" \
		--plugin python3 --master --die-on-term --processes 2 --threads 2 --buffer-size 65535 \
		--wsgi-file /usr/bin/keystone-wsgi-public --pyargv "--config-file $folder/etc/keystone.conf"
	answers keystone "$keystone_port"
}
