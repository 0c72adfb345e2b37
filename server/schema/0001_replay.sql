-- The answers to writes that bore a request_id (AIP-155): the same id gives the same answer, also after a restart.
CREATE TABLE request_replay (
	principal TEXT NOT NULL,
	method TEXT NOT NULL,
	request_id TEXT NOT NULL,
	digest BLOB NOT NULL,
	reply BLOB NOT NULL,
	at_us BIGINT NOT NULL,
	PRIMARY KEY (principal, method, request_id)
);
CREATE INDEX request_replay_at ON request_replay (at_us);

-- Facts about this installation: its id, which marks what it makes at the clouds.
CREATE TABLE installation (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
