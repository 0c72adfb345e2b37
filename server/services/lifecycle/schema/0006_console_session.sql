-- The address of a machine's screen, sealed, until it is read or its time is over; empty: the cloud has not answered yet.
CREATE TABLE console_session (
	name TEXT PRIMARY KEY,
	machine TEXT NOT NULL,
	tenant TEXT NOT NULL,
	principal TEXT NOT NULL,
	operation TEXT NOT NULL,
	url BLOB NOT NULL,
	expires_us BIGINT NOT NULL
);
CREATE INDEX console_session_expires ON console_session (expires_us);
