-- What was last fetched of a machine's metrics: when, over which time; and metric by metric, content a JSON object (metrics.c).
CREATE TABLE machine_metric_fetch (
	machine TEXT PRIMARY KEY,
	start_us BIGINT NOT NULL,
	end_us BIGINT NOT NULL,
	fetched_us BIGINT NOT NULL
);
CREATE TABLE machine_metric (
	machine TEXT NOT NULL,
	metric TEXT NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (machine, metric)
);
