"""Every test. README.md says which kind is where."""
