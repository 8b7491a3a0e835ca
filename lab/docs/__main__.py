"""`python -m lab.docs`: write the pages that are made from the code."""

import sys
from pathlib import Path

from lab.docs import costs, notices, settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    costs.PAGE: costs.page,
    notices.PAGE: notices.page,
    settings.EXAMPLE: settings.example,
    settings.PAGE: settings.page,
}
"""Each page's path from the repository's root, and the function that makes its text."""


def main() -> None:
    """Write each page that is out of date, and print its name."""
    for name, page in PAGES.items():
        path, text = ROOT / name, page(ROOT)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"written: {name}\n")


if __name__ == "__main__":
    main()
