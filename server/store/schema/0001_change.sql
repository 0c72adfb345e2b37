-- The change feed. `change_head` gives the positions: one row, so that positions are in the order of the commits.
CREATE TABLE change (
	sequence BIGINT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL,
	project TEXT,
	type TEXT NOT NULL,
	name TEXT NOT NULL,
	kind BIGINT NOT NULL,
	at_us BIGINT NOT NULL
);
CREATE INDEX change_by_tenant ON change (tenant, type, sequence);
CREATE INDEX change_by_name ON change (name, sequence);
CREATE TABLE change_head (
	id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
	newest BIGINT NOT NULL,
	trimmed BIGINT NOT NULL
);
INSERT INTO change_head (id, newest, trimmed) VALUES (1, 0, 0);
