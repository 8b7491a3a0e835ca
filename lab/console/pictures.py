"""Screenshots of the console: light and dark, on a desk and on a phone."""

from pathlib import Path

from lab.harness.browser import Browser, find

DESK, PHONE = (1280, 900), (390, 844)


def take(base: str, paths: dict[str, str], folder: Path, *, quality: int = 50, everything: bool = True) -> None:
    """Save a picture of every page, by name. Raises `LookupError` if there is no Chromium."""
    program = find()
    if program is None:
        raise LookupError("There is no Chromium here: apt-get install chromium.")
    folder.mkdir(parents=True, exist_ok=True)
    looks = [("desk", DESK, False), ("desk-dark", DESK, True), ("phone", PHONE, False), ("phone-dark", PHONE, True)]
    with Browser(program) as browser:
        for look, (width, height), dark in looks if everything else looks[:1]:
            with browser.page(width=width, height=height, dark=dark) as page:
                for name, path in paths.items():
                    page.open(f"{base}{path}")
                    page.picture(folder / f"{name}-{look}.webp", quality=quality)
