-- Disks that live apart from machines; `machine` is where one is attached, "" nowhere.
CREATE TABLE volume (
	name TEXT PRIMARY KEY,
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	display_name TEXT NOT NULL,
	state BIGINT NOT NULL,
	state_message TEXT NOT NULL,
	machine TEXT NOT NULL,
	connection TEXT NOT NULL,
	zone TEXT NOT NULL,
	kind TEXT NOT NULL,
	native_id TEXT NOT NULL,
	native_state TEXT NOT NULL,
	device TEXT NOT NULL,
	product_version TEXT NOT NULL,
	rate_card TEXT NOT NULL,
	size_gib BIGINT NOT NULL,
	owner TEXT NOT NULL,
	operation TEXT NOT NULL,
	metered_us BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX volume_project ON volume (project, name);
CREATE INDEX volume_tenant ON volume (tenant, name);
CREATE INDEX volume_machine ON volume (machine, name);
CREATE INDEX volume_connection ON volume (connection, native_id);
CREATE INDEX volume_metered ON volume (metered_us);
