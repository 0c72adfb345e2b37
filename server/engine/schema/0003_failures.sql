-- Failures in a row of the current step: what the next pause is measured by. A poll that was answered ends the row.
ALTER TABLE operation ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
