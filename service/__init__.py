"""A Cloud Run service behind a Pub/Sub push subscription that turns a text brief into a short film."""
