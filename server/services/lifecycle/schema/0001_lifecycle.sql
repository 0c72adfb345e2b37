-- What was made, and what the clouds say exists. Names are full resource names; labels, parameters, addresses are JSON.
CREATE TABLE deployment (
	name TEXT PRIMARY KEY,
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	display_name TEXT NOT NULL,
	order_name TEXT NOT NULL,
	product_version TEXT NOT NULL,
	parameters TEXT NOT NULL,
	state BIGINT NOT NULL,
	lease_end_us BIGINT NOT NULL,
	owner TEXT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX deployment_project ON deployment (project, name);
CREATE INDEX deployment_lease ON deployment (state, lease_end_us);

CREATE TABLE machine (
	name TEXT PRIMARY KEY,
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	display_name TEXT NOT NULL,
	state BIGINT NOT NULL,
	state_message TEXT NOT NULL,
	connection TEXT NOT NULL,
	native_id TEXT NOT NULL,
	native_state TEXT NOT NULL,
	deployment TEXT NOT NULL REFERENCES deployment (name),
	product_version TEXT NOT NULL,
	rate_card TEXT NOT NULL,
	size TEXT NOT NULL,
	image TEXT NOT NULL,
	network TEXT NOT NULL,
	vcpus BIGINT NOT NULL,
	memory_mib BIGINT NOT NULL,
	disk_gib BIGINT NOT NULL,
	addresses TEXT NOT NULL,
	owner TEXT NOT NULL,
	is_protected BIGINT NOT NULL,
	operation TEXT NOT NULL,
	labels TEXT NOT NULL,
	is_running BIGINT NOT NULL,
	metered_us BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX machine_project ON machine (project, name);
CREATE INDEX machine_tenant ON machine (tenant, name);
CREATE INDEX machine_deployment ON machine (deployment);
CREATE INDEX machine_connection ON machine (connection, native_id);
CREATE INDEX machine_metered ON machine (metered_us);

-- The labels once more, so that a list can be filtered by them.
CREATE TABLE machine_label (
	machine TEXT NOT NULL REFERENCES machine (name),
	key TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (machine, key)
);

CREATE TABLE snapshot (
	name TEXT PRIMARY KEY,
	machine TEXT NOT NULL REFERENCES machine (name),
	display_name TEXT NOT NULL,
	state BIGINT NOT NULL,
	native_id TEXT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL
);
CREATE INDEX snapshot_machine ON snapshot (machine, name);

CREATE TABLE console_output (
	machine TEXT PRIMARY KEY REFERENCES machine (name),
	output BLOB NOT NULL,
	fetched_us BIGINT NOT NULL
);

CREATE TABLE observed_resource (
	connection TEXT NOT NULL,
	native_id TEXT NOT NULL,
	display_name TEXT NOT NULL,
	state BIGINT NOT NULL,
	machine TEXT NOT NULL,
	native_state TEXT NOT NULL,
	vcpus BIGINT NOT NULL,
	memory_mib BIGINT NOT NULL,
	disk_gib BIGINT NOT NULL,
	first_seen_us BIGINT NOT NULL,
	last_seen_us BIGINT NOT NULL,
	PRIMARY KEY (connection, native_id)
);
CREATE INDEX observed_state ON observed_resource (connection, state, native_id);

CREATE TABLE connection_sync (
	connection TEXT PRIMARY KEY,
	synced_us BIGINT NOT NULL,
	operation TEXT NOT NULL
);
