-- Rate cards. A rate without a beginning begins at 0.
CREATE TABLE rate_card (
	name TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL,
	display_name TEXT NOT NULL,
	currency TEXT NOT NULL,
	is_charged BIGINT NOT NULL,
	revision BIGINT NOT NULL,
	created_us BIGINT NOT NULL,
	updated_us BIGINT NOT NULL
);
CREATE INDEX rate_card_by_tenant ON rate_card (tenant, name);
CREATE TABLE rate (
	rate_card TEXT NOT NULL REFERENCES rate_card (name),
	meter BIGINT NOT NULL,
	effective_us BIGINT NOT NULL,
	price_units BIGINT NOT NULL,
	price_fraction BIGINT NOT NULL,
	PRIMARY KEY (rate_card, meter, effective_us)
);
-- The ledger: what was measured, and the line that each measurement costs (same id). Rows are added, never changed.
CREATE TABLE usage_record (
	id TEXT NOT NULL PRIMARY KEY,
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	source_key TEXT NOT NULL,
	resource TEXT NOT NULL,
	resource_display_name TEXT NOT NULL,
	product_version TEXT NOT NULL,
	rate_card TEXT NOT NULL,
	meter BIGINT NOT NULL,
	quantity_units BIGINT NOT NULL,
	quantity_fraction BIGINT NOT NULL,
	start_us BIGINT NOT NULL,
	end_us BIGINT NOT NULL,
	recorded_us BIGINT NOT NULL,
	UNIQUE (project, source_key)
);
CREATE INDEX usage_record_by_start ON usage_record (project, start_us, id);
CREATE INDEX usage_record_by_resource ON usage_record (resource, start_us, id);
CREATE TABLE charge (
	id TEXT NOT NULL PRIMARY KEY REFERENCES usage_record (id),
	currency TEXT NOT NULL,
	price_units BIGINT NOT NULL,
	price_fraction BIGINT NOT NULL,
	billed_units BIGINT NOT NULL,
	billed_fraction BIGINT NOT NULL
);
-- Sums by day, kept in the transaction that adds a line: what QueryCosts reads.
CREATE TABLE cost_day (
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	day_us BIGINT NOT NULL,
	month_us BIGINT NOT NULL,
	resource TEXT NOT NULL,
	product TEXT NOT NULL,
	meter BIGINT NOT NULL,
	currency TEXT NOT NULL,
	quantity_units BIGINT NOT NULL,
	quantity_fraction BIGINT NOT NULL,
	billed_units BIGINT NOT NULL,
	billed_fraction BIGINT NOT NULL,
	PRIMARY KEY (project, day_us, resource, product, meter, currency)
);
CREATE INDEX cost_day_by_tenant ON cost_day (tenant, day_us);
CREATE TABLE cost_resource (
	resource TEXT NOT NULL PRIMARY KEY,
	display_name TEXT NOT NULL,
	seen_us BIGINT NOT NULL
);
