-- A policy that named no action spoke of ADD and CHANGE only; from now on it would speak of all. Those that are there say what they meant.
UPDATE approval_policy SET actions = '[1,2]', revision = revision + 1 WHERE actions = '[]';
