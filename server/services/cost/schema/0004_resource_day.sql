-- Sums by day of each resource: most who ask by resource do not ask for its meters. The orders are those in which a page of them is read.
CREATE TABLE cost_resource_day (
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	day_us BIGINT NOT NULL,
	month_us BIGINT NOT NULL,
	resource TEXT NOT NULL,
	currency TEXT NOT NULL,
	billed_units BIGINT NOT NULL,
	billed_fraction BIGINT NOT NULL,
	PRIMARY KEY (project, day_us, resource, currency)
);
CREATE INDEX cost_resource_day_by_month ON cost_resource_day (project, month_us, resource, currency, day_us);
CREATE INDEX cost_resource_day_of_tenant ON cost_resource_day (tenant, day_us, project, resource, currency);
CREATE INDEX cost_resource_day_of_tenant_by_month ON cost_resource_day (tenant, month_us, project, resource, currency, day_us);
-- One resource alone, by whatever.
CREATE INDEX cost_day_by_resource ON cost_day (project, resource, day_us);
INSERT INTO cost_resource_day (tenant, project, day_us, month_us, resource, currency, billed_units, billed_fraction)
SELECT tenant, project, day_us, month_us, resource, currency,
	CAST(SUM(billed_units) + SUM(billed_fraction) / 1000000000000 AS BIGINT),
	CAST(SUM(billed_fraction) % 1000000000000 AS BIGINT)
FROM cost_day GROUP BY tenant, project, day_us, month_us, resource, currency;
