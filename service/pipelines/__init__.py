"""The pipelines that come with the service. Each is built on `service.pipeline` alone."""
