-- How many machines a connection has, and which came after a time: asked by each order of a product with several targets.
CREATE INDEX machine_load ON machine (connection, created_us, state, native_id);
