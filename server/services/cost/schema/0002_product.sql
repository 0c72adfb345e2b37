-- Was a product ever charged? Then it stays.
CREATE INDEX cost_day_by_product ON cost_day (product);
