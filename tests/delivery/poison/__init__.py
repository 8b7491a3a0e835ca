"""Promise 6: what can never succeed is set aside as a dead letter; what may succeed later is tried again."""
