-- Orders, what must be decided about them, and the quotas that bound them. Names are full resource names.
CREATE TABLE request_order (
	name TEXT PRIMARY KEY,
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	requester TEXT NOT NULL,
	justification TEXT NOT NULL,
	state BIGINT NOT NULL,
	plan_digest TEXT NOT NULL,
	currency TEXT NOT NULL,
	hourly_units BIGINT NOT NULL,
	hourly_fraction BIGINT NOT NULL,
	monthly_units BIGINT NOT NULL,
	monthly_fraction BIGINT NOT NULL,
	operation TEXT NOT NULL,
	state_message TEXT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX request_order_project ON request_order (project, name);
CREATE INDEX request_order_tenant_state ON request_order (tenant, state, name);

-- `choice` is what an ADD or CHANGE was resolved to (JSON); `is_reserved` says that its quota still hangs on the order.
CREATE TABLE request_item (
	order_name TEXT NOT NULL REFERENCES request_order (name),
	number BIGINT NOT NULL,
	action BIGINT NOT NULL,
	state BIGINT NOT NULL,
	product TEXT NOT NULL,
	product_version TEXT NOT NULL,
	deployment TEXT NOT NULL,
	verb TEXT NOT NULL,
	connection TEXT NOT NULL,
	parameters TEXT NOT NULL,
	choice TEXT NOT NULL,
	operation TEXT NOT NULL,
	message TEXT NOT NULL,
	hourly_units BIGINT NOT NULL,
	hourly_fraction BIGINT NOT NULL,
	monthly_units BIGINT NOT NULL,
	monthly_fraction BIGINT NOT NULL,
	vcpus BIGINT NOT NULL,
	memory_mib BIGINT NOT NULL,
	disk_gib BIGINT NOT NULL,
	is_reserved BIGINT NOT NULL,
	PRIMARY KEY (order_name, number)
);
CREATE INDEX request_item_deployment ON request_item (deployment, action);

CREATE TABLE request_stage (
	order_name TEXT NOT NULL REFERENCES request_order (name),
	number BIGINT NOT NULL,
	policy TEXT NOT NULL,
	approvers TEXT NOT NULL,
	quorum BIGINT NOT NULL,
	PRIMARY KEY (order_name, number)
);

CREATE TABLE request_decision (
	order_name TEXT NOT NULL REFERENCES request_order (name),
	number BIGINT NOT NULL,
	stage BIGINT NOT NULL,
	principal TEXT NOT NULL,
	is_approved BIGINT NOT NULL,
	comment TEXT NOT NULL,
	plan_digest TEXT NOT NULL,
	at_us BIGINT NOT NULL,
	is_superseded BIGINT NOT NULL,
	PRIMARY KEY (order_name, number)
);

CREATE TABLE approval_policy (
	name TEXT PRIMARY KEY,
	tenant TEXT NOT NULL,
	display_name TEXT NOT NULL,
	products TEXT NOT NULL,
	projects TEXT NOT NULL,
	least_currency TEXT NOT NULL,
	least_units BIGINT NOT NULL,
	least_fraction BIGINT NOT NULL,
	actions TEXT NOT NULL,
	stage BIGINT NOT NULL,
	approvers TEXT NOT NULL,
	quorum BIGINT NOT NULL,
	is_disabled BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX approval_policy_tenant ON approval_policy (tenant, name);

-- `scope` is a tenant or a project.
CREATE TABLE quota (
	name TEXT PRIMARY KEY,
	scope TEXT NOT NULL,
	metric BIGINT NOT NULL,
	limit_value BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL,
	UNIQUE (scope, metric)
);

-- What is used and reserved, kept for the project and each tenant above it.
CREATE TABLE quota_usage (
	scope TEXT NOT NULL,
	metric BIGINT NOT NULL,
	used BIGINT NOT NULL,
	PRIMARY KEY (scope, metric)
);
