"""What tries the service from outside: benchmarks, chaos, the gallery, and the harness they share with the tests."""
