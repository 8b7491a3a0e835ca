"""What a laptop and the tests need in place of Google Cloud: keys, Pub/Sub, PostgreSQL, and all of it in one go."""
