-- Whether an order has items that are not settled yet is asked at the end of each.
CREATE INDEX request_item_by_state ON request_item (order_name, state);
