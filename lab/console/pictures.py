"""The screenshots of docs/console: of a console with a mess behind it."""

from pathlib import Path

from sqlalchemy import text

from lab.harness.browser import Browser, find
from service import db

FOLDER = Path(__file__).parents[2] / "docs" / "console"
DESK, PHONE = (1280, 900), (390, 844)
QUALITY = 45


def take(base: str, database_url: str, film: str | None) -> None:
    """Save the pictures; `film` is the id of a job that made one, if there is one. Raises `LookupError` if there is no
    Chromium."""
    program = find()
    if program is None:
        raise LookupError("There is no Chromium here: apt-get install chromium.")
    engine = db.connect(database_url, pool_size=1)
    with engine.connect() as connection:
        sql = (
            "SELECT id FROM jobs WHERE state = 'failed' AND stage = 'RENDER_EXECUTION' ORDER BY created_at DESC LIMIT 1"
        )
        failed = connection.execute(text(sql)).scalar()
    engine.dispose()
    shots = (
        ("overview", "", DESK, False),
        ("jobs-dark", "jobs?state=failed", DESK, True),
        ("job", f"job?id={failed}", DESK, False),
        ("film-dark", f"job?id={film}", DESK, True),
        ("letters", "letters", DESK, False),
        ("controls-dark", "controls#messages", DESK, True),
        ("spend", "spend?span=month", DESK, False),
        ("spend-phone-dark", "spend?span=month", PHONE, True),
        ("record", "record", DESK, False),
        ("new-phone", "new", PHONE, False),
        ("overview-phone", "", PHONE, False),
        ("job-phone-dark", f"job?id={failed}", PHONE, True),
    )
    FOLDER.mkdir(exist_ok=True)
    with Browser(program) as browser:
        for name, path, (width, height), dark in shots:
            if film is None and name == "film-dark":
                continue
            with browser.page(width=width, height=height, dark=dark) as page:
                page.open(f"{base}/console/{path}")
                page.picture(FOLDER / f"{name}.webp", quality=QUALITY)
