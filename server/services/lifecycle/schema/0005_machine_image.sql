-- Images made from machines. `image`: what orders call it, once it is offered; quota_gib: what it counts against the disk quota.
CREATE TABLE machine_image (
	name TEXT PRIMARY KEY,
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	display_name TEXT NOT NULL,
	state BIGINT NOT NULL,
	state_message TEXT NOT NULL,
	machine TEXT NOT NULL,
	connection TEXT NOT NULL,
	native_id TEXT NOT NULL,
	image TEXT NOT NULL,
	os TEXT NOT NULL,
	architecture TEXT NOT NULL,
	product_version TEXT NOT NULL,
	rate_card TEXT NOT NULL,
	size_gib BIGINT NOT NULL,
	quota_gib BIGINT NOT NULL,
	owner TEXT NOT NULL,
	operation TEXT NOT NULL,
	metered_us BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX machine_image_project ON machine_image (project, name);
CREATE INDEX machine_image_tenant ON machine_image (tenant, name);
CREATE INDEX machine_image_connection ON machine_image (connection, native_id);
CREATE INDEX machine_image_metered ON machine_image (metered_us);
