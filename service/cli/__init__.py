"""The command line: what a developer and an operator type. It asks the API, the push endpoint and the database."""
