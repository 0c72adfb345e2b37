-- Regions and zones are offerings of kind 4. parent: of a zone its region, of a network what it is inside; zone: of a network.
ALTER TABLE offering ADD COLUMN parent TEXT NOT NULL DEFAULT '';
ALTER TABLE offering ADD COLUMN zone TEXT NOT NULL DEFAULT '';
-- What the cloud itself limits, as the last probe found it; -1: no limit, or not known.
CREATE TABLE connection_quota (
	connection TEXT NOT NULL,
	id TEXT NOT NULL,
	most BIGINT NOT NULL,
	used BIGINT NOT NULL,
	PRIMARY KEY (connection, id)
);
