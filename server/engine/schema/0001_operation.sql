-- Durable operations. `due_us` is when a worker may claim one: while it is leased, when the lease lapses.
CREATE TABLE operation (
	id TEXT NOT NULL PRIMARY KEY,
	kind TEXT NOT NULL,
	tenant TEXT NOT NULL,
	project TEXT,
	target TEXT,
	connection TEXT,
	requested_by TEXT,
	state BIGINT NOT NULL,
	step BIGINT NOT NULL,
	attempt BIGINT NOT NULL,
	progress_percent BIGINT NOT NULL,
	input TEXT NOT NULL,
	memo TEXT NOT NULL,
	created_us BIGINT NOT NULL,
	started_us BIGINT NOT NULL,
	ended_us BIGINT NOT NULL,
	due_us BIGINT NOT NULL,
	deadline_us BIGINT NOT NULL,
	fence BIGINT NOT NULL,
	is_cancel_requested BIGINT NOT NULL,
	failure_code BIGINT NOT NULL,
	failure_reason TEXT,
	failure_message TEXT,
	revision BIGINT NOT NULL,
	lease_owner TEXT,
	is_begun BIGINT NOT NULL,
	is_prepared BIGINT NOT NULL,
	step_deadline_us BIGINT NOT NULL,
	line BIGINT NOT NULL,
	left_behind TEXT
);
CREATE INDEX operation_due ON operation (due_us, tenant, connection, id) WHERE state <= 3;
CREATE INDEX operation_by_tenant ON operation (tenant, id);
CREATE INDEX operation_by_target ON operation (target, id);

-- The journal, for people: one line per step that was begun, and per undo.
CREATE TABLE operation_step (
	operation TEXT NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
	number BIGINT NOT NULL,
	name TEXT NOT NULL,
	is_undo BIGINT NOT NULL,
	outcome TEXT NOT NULL,
	note TEXT,
	provider_request_id TEXT,
	attempts BIGINT NOT NULL,
	started_us BIGINT NOT NULL,
	ended_us BIGINT NOT NULL,
	PRIMARY KEY (operation, number)
);
