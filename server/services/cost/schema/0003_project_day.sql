-- Sums by day without the resource: most questions do not ask for it, and there may be thousands of them.
CREATE TABLE cost_project_day (
	tenant TEXT NOT NULL,
	project TEXT NOT NULL,
	day_us BIGINT NOT NULL,
	month_us BIGINT NOT NULL,
	product TEXT NOT NULL,
	meter BIGINT NOT NULL,
	currency TEXT NOT NULL,
	quantity_units BIGINT NOT NULL,
	quantity_fraction BIGINT NOT NULL,
	billed_units BIGINT NOT NULL,
	billed_fraction BIGINT NOT NULL,
	PRIMARY KEY (project, day_us, product, meter, currency)
);
CREATE INDEX cost_project_day_by_tenant ON cost_project_day (tenant, day_us);
INSERT INTO cost_project_day (tenant, project, day_us, month_us, product, meter, currency, quantity_units, quantity_fraction,
	billed_units, billed_fraction)
SELECT tenant, project, day_us, month_us, product, meter, currency,
	CAST(SUM(quantity_units) + SUM(quantity_fraction) / 1000000000000 AS BIGINT),
	CAST(SUM(quantity_fraction) % 1000000000000 AS BIGINT),
	CAST(SUM(billed_units) + SUM(billed_fraction) / 1000000000000 AS BIGINT),
	CAST(SUM(billed_fraction) % 1000000000000 AS BIGINT)
FROM cost_day GROUP BY tenant, project, day_us, month_us, product, meter, currency;
