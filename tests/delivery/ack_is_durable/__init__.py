"""Promise 3: ack means durable: what a job owes is published before the 2xx, or by the next delivery or sweep."""
