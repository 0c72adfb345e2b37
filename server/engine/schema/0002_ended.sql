-- What has ended, oldest first: it is forgotten some day, with its journal.
CREATE INDEX operation_ended ON operation (ended_us) WHERE state > 3;
