"""Promise 5: a delivery never outlives its deadline: it hands over with a continuation instead."""
