-- Which of a machine's tags at its cloud are labels that we brought there: a JSON array of keys. All others are somebody else's.
CREATE TABLE machine_tagging (
	machine TEXT PRIMARY KEY,
	keys TEXT NOT NULL
);
