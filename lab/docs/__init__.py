"""Pages that are made from the code: `make docs` writes them, `tests/docs/test_generated.py` checks that they are
current.

`notices` makes THIRD-PARTY.md from the packages that the image installs, `settings` makes `.env.example` and
docs/configuration.md from the table of variables, `costs` makes docs/costs.md
from prices and measurements. Imports `service`; only tests import it.
"""
