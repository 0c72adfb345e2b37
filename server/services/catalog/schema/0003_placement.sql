-- Other words for what a connection offers: kind 1 size, 2 image, 3 network. `offering` is an id of `offering`.
CREATE TABLE offering_alias (
	connection TEXT NOT NULL,
	kind BIGINT NOT NULL,
	alias TEXT NOT NULL,
	offering TEXT NOT NULL,
	created_us BIGINT NOT NULL,
	PRIMARY KEY (connection, kind, alias)
);
-- Of a target that has a rate card of its own, so that a card in use is found.
ALTER TABLE version_target ADD COLUMN rate_card TEXT NOT NULL DEFAULT '';
CREATE INDEX version_target_by_rate_card ON version_target (rate_card);
