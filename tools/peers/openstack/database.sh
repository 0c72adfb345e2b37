# SPDX-License-Identifier: Apache-2.0
# database.sh: a MariaDB that listens on a socket in the folder only.
# shellcheck shell=sh disable=SC2154

databases="keystone placement glance nova nova_api nova_cell0 neutron cinder"

# Making the tables is most of the work of a start, and always the same: they are kept, for these very versions.
database_start() {
	versions=$(dpkg-query -W -f='${Package} ${Version}\n' python3-keystone python3-placement python3-glance python3-nova python3-neutron \
		python3-cinder mariadb-server-core 2>/dev/null | sha256sum | cut -c 1-16)
	kept=$cache/openstack-$versions.tar.gz
	if [ -s "$kept" ]; then
		tar -xzf "$kept" -C state || fail "the tables in $kept cannot be read; remove it"
		database_launch
		return
	fi
	mariadb-install-db --no-defaults --datadir="$folder/state/mariadb" --user=root --auth-root-authentication-method=normal \
		--skip-test-db > log/mariadb-install.out 2>&1 || fail "the database cannot be made; see $folder/log/mariadb-install.out"
	database_launch
	for name in $databases; do
		sql "CREATE DATABASE $name CHARACTER SET utf8; GRANT ALL ON $name.* TO 'os'@'localhost' IDENTIFIED BY 'os'"
	done
	tables_make
	stop_one mariadb
	mkdir -p "$cache"
	tar -czf "$kept.$$" -C state mariadb && mv "$kept.$$" "$kept"
	database_launch
}

database_launch() {
	launch mariadb /usr/sbin/mariadbd --no-defaults --datadir="$folder/state/mariadb" --user=root --skip-networking \
		--socket="$folder/run/mariadb.socket" --pid-file="$folder/run/mariadb.own" --max-connections=400 \
		--innodb-flush-log-at-trx-commit=0 --innodb-log-file-size=16M --skip-log-bin
	for _ in $(seq 240); do
		sql 'SELECT 1' >/dev/null 2>&1 && return
		lives mariadb || { tail -n 5 log/mariadb.out >&2; fail "MariaDB ended at once"; }
		sleep 0.25
	done
	fail "MariaDB does not answer after a minute; see $folder/log/mariadb.out"
}

# Two at a time, as there are that many processors at least.
tables_make() {
	{ keystone_tables && nova_tables; } > log/tables-1.out 2>&1 &
	first=$!
	{ placement_tables && glance_tables && cinder_tables && neutron_tables; } > log/tables-2.out 2>&1 &
	second=$!
	wait $first || { tail -n 5 log/tables-1.out >&2; fail "the tables of Keystone and Nova cannot be made"; }
	wait $second || { tail -n 5 log/tables-2.out >&2; fail "the tables of the others cannot be made"; }
}

sql() { mariadb -S "$folder/run/mariadb.socket" -u root -e "$1"; }

# database <name>: where a service finds it
database() { echo "connection = mysql+pymysql://os:os@localhost/$1?unix_socket=$folder/run/mariadb.socket"; }
