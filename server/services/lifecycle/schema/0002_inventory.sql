-- What a cloud says of a thing, as far as a later look is held against it. tags is JSON, "" when the cloud did not say.
ALTER TABLE observed_resource ADD COLUMN power BIGINT NOT NULL DEFAULT 0;
ALTER TABLE observed_resource ADD COLUMN size TEXT NOT NULL DEFAULT '';
ALTER TABLE observed_resource ADD COLUMN image TEXT NOT NULL DEFAULT '';
ALTER TABLE observed_resource ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE observed_resource ADD COLUMN resource_mark TEXT NOT NULL DEFAULT '';
ALTER TABLE observed_resource ADD COLUMN operation_mark TEXT NOT NULL DEFAULT '';
ALTER TABLE observed_resource ADD COLUMN created_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE observed_resource ADD COLUMN suspect_since_us BIGINT NOT NULL DEFAULT 0;
-- The operation that imports or removes it; "": none.
ALTER TABLE observed_resource ADD COLUMN operation TEXT NOT NULL DEFAULT '';
-- 1: it changed while it could not be compared; the next look looks at it once more.
ALTER TABLE observed_resource ADD COLUMN is_pending BIGINT NOT NULL DEFAULT 0;
CREATE INDEX observed_pending ON observed_resource (connection, native_id) WHERE is_pending = 1;
CREATE INDEX observed_seen ON observed_resource (connection, last_seen_us) WHERE state <> 5;

-- Where the next look goes on from (the cloud's own word; "": it lists all), how many did so since the last full one, and of which
-- settings of the connection that one was.
ALTER TABLE connection_sync ADD COLUMN cursor TEXT NOT NULL DEFAULT '';
ALTER TABLE connection_sync ADD COLUMN since_full BIGINT NOT NULL DEFAULT 0;
ALTER TABLE connection_sync ADD COLUMN full_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE connection_sync ADD COLUMN settings BIGINT NOT NULL DEFAULT 0;

-- The last part of a machine's name: what the marks on a thing at a cloud say.
ALTER TABLE machine ADD COLUMN uid TEXT NOT NULL DEFAULT '';
UPDATE machine SET uid = substr(name, length(name) - 35);
CREATE INDEX machine_uid ON machine (uid);

-- What a machine was like at its cloud when we last agreed with it, in the cloud's own words. imported_us 0: we made it.
CREATE TABLE machine_baseline (
	machine TEXT PRIMARY KEY REFERENCES machine (name),
	name TEXT NOT NULL,
	network TEXT NOT NULL,
	tags TEXT NOT NULL,
	imported_us BIGINT NOT NULL
);

-- What left Gaon and stayed at its cloud: whatever marks it bears, it is nobody's orphan.
CREATE TABLE released_machine (
	connection TEXT NOT NULL,
	native_id TEXT NOT NULL,
	machine TEXT NOT NULL,
	released_us BIGINT NOT NULL,
	PRIMARY KEY (connection, native_id)
);

-- A difference between a machine and its cloud, and what was done about it. is_open 0: adopted, or brought back.
CREATE TABLE drift (
	connection TEXT NOT NULL,
	native_id TEXT NOT NULL,
	field TEXT NOT NULL,
	machine TEXT NOT NULL,
	expected TEXT NOT NULL,
	observed TEXT NOT NULL,
	action BIGINT NOT NULL,
	outcome TEXT NOT NULL,
	operation TEXT NOT NULL,
	is_open BIGINT NOT NULL,
	reverts BIGINT NOT NULL,
	reverts_since_us BIGINT NOT NULL,
	first_seen_us BIGINT NOT NULL,
	last_seen_us BIGINT NOT NULL,
	PRIMARY KEY (connection, native_id, field)
);

-- By connection or tenant; rules is a JSON object, field to action, by number.
CREATE TABLE drift_policy (
	name TEXT PRIMARY KEY,
	rules TEXT NOT NULL,
	revision BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
