"""The service with everything real around it: for tests, benchmarks and chaos."""
