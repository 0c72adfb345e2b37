-- Who there is, what they may, and what they did. Names are full resource names; times are microseconds UTC.

-- One row: `revision` grows with every change of any right; `bootstrap_hash` is the one-time token's keyed hash while it lives.
CREATE TABLE iam_state (
	id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
	revision BIGINT NOT NULL,
	root_tenant TEXT,
	bootstrap_hash BLOB,
	bootstrap_expires_us BIGINT
);
INSERT INTO iam_state (id, revision) VALUES (1, 0);

CREATE TABLE tenant (
	name TEXT NOT NULL PRIMARY KEY,
	parent TEXT REFERENCES tenant (name),
	display_name TEXT NOT NULL,
	labels TEXT NOT NULL,
	revision BIGINT NOT NULL,
	create_us BIGINT NOT NULL,
	update_us BIGINT NOT NULL
);
CREATE INDEX tenant_by_parent ON tenant (parent, name);

CREATE TABLE project (
	name TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL REFERENCES tenant (name),
	display_name TEXT NOT NULL,
	cost_center TEXT NOT NULL,
	labels TEXT NOT NULL,
	revision BIGINT NOT NULL,
	create_us BIGINT NOT NULL,
	update_us BIGINT NOT NULL
);
CREATE INDEX project_by_tenant ON project (tenant, name);

CREATE TABLE identity_provider (
	name TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL REFERENCES tenant (name),
	display_name TEXT NOT NULL,
	issuer TEXT NOT NULL,
	audience TEXT NOT NULL,
	jwks_uri TEXT NOT NULL,
	algorithms TEXT NOT NULL,
	subject_claim TEXT NOT NULL,
	jwks TEXT NOT NULL,
	is_disabled BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	create_us BIGINT NOT NULL,
	update_us BIGINT NOT NULL
);
CREATE INDEX identity_provider_by_tenant ON identity_provider (tenant, name);
CREATE INDEX identity_provider_by_issuer ON identity_provider (issuer, name);

-- Users (kind 1) and service accounts (kind 2): what holds a credential.
CREATE TABLE account (
	name TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL REFERENCES tenant (name),
	kind BIGINT NOT NULL,
	display_name TEXT NOT NULL,
	email TEXT NOT NULL,
	identity_provider TEXT REFERENCES identity_provider (name),
	subject TEXT,
	certificate_san TEXT UNIQUE,
	is_disabled BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	create_us BIGINT NOT NULL,
	update_us BIGINT NOT NULL,
	UNIQUE (identity_provider, subject)
);
CREATE INDEX account_by_tenant ON account (tenant, kind, name);

CREATE TABLE api_key (
	id TEXT NOT NULL PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	account TEXT NOT NULL REFERENCES account (name),
	display_name TEXT NOT NULL,
	hash BLOB NOT NULL,
	expires_us BIGINT,
	last_use_us BIGINT,
	create_us BIGINT NOT NULL
);
CREATE INDEX api_key_by_account ON api_key (account, id);

CREATE TABLE principal_group (
	name TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL REFERENCES tenant (name),
	display_name TEXT NOT NULL,
	revision BIGINT NOT NULL,
	create_us BIGINT NOT NULL,
	update_us BIGINT NOT NULL
);
CREATE INDEX principal_group_by_tenant ON principal_group (tenant, name);

-- `member` is an account or a group.
CREATE TABLE group_member (
	group_name TEXT NOT NULL REFERENCES principal_group (name),
	member TEXT NOT NULL,
	PRIMARY KEY (group_name, member)
);
CREATE INDEX group_member_by_member ON group_member (member, group_name);

-- The tenants' own roles; the built-in ones are a table in role.c. `permissions` is a JSON array of patterns.
CREATE TABLE custom_role (
	name TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL REFERENCES tenant (name),
	display_name TEXT NOT NULL,
	permissions TEXT NOT NULL,
	revision BIGINT NOT NULL,
	create_us BIGINT NOT NULL,
	update_us BIGINT NOT NULL
);
CREATE INDEX custom_role_by_tenant ON custom_role (tenant, name);

-- A policy exists from its first SetIamPolicy on, also when its bindings are gone again.
CREATE TABLE policy (
	resource TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL REFERENCES tenant (name),
	revision BIGINT NOT NULL
);
CREATE TABLE role_binding (
	resource TEXT NOT NULL REFERENCES policy (resource),
	role TEXT NOT NULL,
	member TEXT NOT NULL,
	expires_us BIGINT,
	PRIMARY KEY (resource, role, member)
);
CREATE INDEX role_binding_by_member ON role_binding (member, resource);
CREATE INDEX role_binding_by_role ON role_binding (role);

-- Append-only and hash-chained; `audit_head` is where the chain ends, sealed, so that a cut tail shows.
CREATE TABLE audit_event (
	sequence BIGINT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL,
	at_us BIGINT NOT NULL,
	principal TEXT NOT NULL,
	authentication_method TEXT NOT NULL,
	peer TEXT NOT NULL,
	method TEXT NOT NULL,
	resource TEXT NOT NULL,
	code BIGINT NOT NULL,
	reason TEXT NOT NULL,
	trace_id TEXT NOT NULL,
	request TEXT NOT NULL,
	previous_hash BLOB NOT NULL,
	hash BLOB NOT NULL
);
CREATE INDEX audit_event_by_tenant ON audit_event (tenant, sequence);
CREATE TABLE audit_head (
	id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
	sequence BIGINT NOT NULL,
	hash BLOB NOT NULL,
	seal BLOB NOT NULL
);
