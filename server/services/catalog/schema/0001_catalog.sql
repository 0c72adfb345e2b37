-- The data key of each tenant, sealed under the server's key: what credentials are sealed with.
CREATE TABLE catalog_key (
	tenant TEXT NOT NULL PRIMARY KEY,
	wrapped BLOB NOT NULL
);
-- settings_revision grows with what a session depends on; offerings says which generation of `offering` is the present one.
CREATE TABLE connection (
	name TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL,
	display_name TEXT NOT NULL,
	provider TEXT NOT NULL,
	endpoint TEXT NOT NULL,
	region TEXT NOT NULL,
	options TEXT NOT NULL,
	labels TEXT NOT NULL,
	credentials BLOB,
	credentials_version BIGINT NOT NULL,
	state BIGINT NOT NULL,
	state_message TEXT NOT NULL,
	is_disabled BIGINT NOT NULL,
	product TEXT NOT NULL,
	warning TEXT NOT NULL,
	capabilities TEXT NOT NULL,
	probed_us BIGINT NOT NULL,
	probes BIGINT NOT NULL,
	offerings BIGINT NOT NULL,
	concurrency BIGINT NOT NULL,
	rate_per_second BIGINT NOT NULL,
	settings_revision BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX connection_by_tenant ON connection (tenant, name);
-- What a connection offers: kind 1 size, 2 image, 3 network. A probe writes a new generation and then takes it into use.
CREATE TABLE offering (
	connection TEXT NOT NULL,
	generation BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	id TEXT NOT NULL,
	native_id TEXT NOT NULL,
	vcpus BIGINT NOT NULL,
	memory_mib BIGINT NOT NULL,
	disk_gib BIGINT NOT NULL,
	os TEXT NOT NULL,
	architecture TEXT NOT NULL,
	cidr TEXT NOT NULL,
	PRIMARY KEY (connection, generation, kind, id)
);
CREATE UNIQUE INDEX offering_by_native_id ON offering (connection, generation, kind, native_id);
CREATE TABLE product (
	name TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL,
	display_name TEXT NOT NULL,
	description TEXT NOT NULL,
	kind TEXT NOT NULL,
	labels TEXT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX product_by_tenant ON product (tenant, name);
-- `content` is the parameters and targets as canonical JSON.
CREATE TABLE product_version (
	name TEXT NOT NULL PRIMARY KEY,
	product TEXT NOT NULL REFERENCES product (name),
	number BIGINT NOT NULL,
	state BIGINT NOT NULL,
	content TEXT NOT NULL,
	rate_card TEXT NOT NULL,
	default_lease_days BIGINT NOT NULL,
	max_lease_days BIGINT NOT NULL,
	release_notes TEXT NOT NULL,
	digest TEXT NOT NULL,
	published_us BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL,
	UNIQUE (product, number)
);
CREATE INDEX product_version_by_rate_card ON product_version (rate_card);
-- Which connections a version may be placed on, so that a connection in use is found.
CREATE TABLE version_target (
	version TEXT NOT NULL REFERENCES product_version (name),
	connection TEXT NOT NULL,
	PRIMARY KEY (version, connection)
);
CREATE INDEX version_target_by_connection ON version_target (connection);
CREATE TABLE product_grant (
	product TEXT NOT NULL REFERENCES product (name),
	tenant TEXT NOT NULL,
	created_us BIGINT NOT NULL,
	PRIMARY KEY (product, tenant)
);
CREATE INDEX product_grant_by_tenant ON product_grant (tenant, product);
