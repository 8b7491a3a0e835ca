"""The wrong variants of the protocol (`tests/faults/test_variants.py`): what each would do, and how to show it."""
