"""docs/costs.md: what 1,000 films cost, from list prices, what was measured (docs/film.md), what the release and the setup
give the services, and the film's own plan of what it buys."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.pipelines.film.money import plan
from service.pipelines.film.presets import PRESETS, Purpose
from service.pipelines.film.providers import choose
from service.pipelines.film.script.treatment import Shot

PAGE = "docs/costs.md"
FILMS = 1_000
MONTH_H = 730
MINUTES = MONTH_H * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A list price in US dollars for one `unit`, the page that it is from, and the day it was read there."""

    usd: float
    unit: str
    source: str
    read: str


_RUN, _SQL = "https://cloud.google.com/run/pricing", "https://cloud.google.com/sql/pricing"
RATES: Mapping[str, Rate] = {
    "Cloud Run, CPU": Rate(usd=0.000024, unit="vCPU second", source=_RUN, read="2026-11-30"),
    "Cloud Run, memory": Rate(usd=0.0000025, unit="GiB second", source=_RUN, read="2026-11-30"),
    "Cloud Run, requests": Rate(usd=0.40, unit="million", source=_RUN, read="2026-11-30"),
    "Cloud SQL, CPU": Rate(usd=0.0413, unit="vCPU hour", source=_SQL, read="2026-05-31"),
    "Cloud SQL, memory": Rate(usd=0.007, unit="GiB hour", source=_SQL, read="2026-05-31"),
    "Cloud SQL, disk": Rate(usd=0.17, unit="GiB and month", source=_SQL, read="2026-05-31"),
    "Cloud Storage": Rate(
        usd=0.020, unit="GB and month", source="https://cloud.google.com/storage/pricing", read="2026-11-30"
    ),
    "to the internet": Rate(
        usd=0.12, unit="GB", source="https://cloud.google.com/vpc/network-pricing", read="2026-11-30"
    ),
    "Cloud Logging": Rate(
        usd=0.50, unit="GiB", source="https://cloud.google.com/stackdriver/pricing", read="2026-11-30"
    ),
    "Pub/Sub": Rate(usd=40.0, unit="TiB", source="https://cloud.google.com/pubsub/pricing", read="2026-11-30"),
}

FILM_BYTES, PART_BYTES = 1_250_000, 1_250_000
"""Of a film of 10 s (1.16 MB) with its poster, and of the shots and the sound that it was made from (2026-11-30)."""
LOG_BYTES = 5_000
"""Of a film: twelve lines of ours, and Cloud Run's own line for the request (2026-11-30)."""
MESSAGES = 4
"""Published or delivered in a film's life: its job and its result. Each counts as 1 KB at least."""
DISK_GIB = 10
SWEEP_S = 0.3
"""How long the API's instance is busy with one sweep, or one question of the uptime check."""
ASKED_AN_HOUR = 60 + 12 * 6
"""Sweeps, and questions of the uptime check from six places."""

SHOTS: Mapping[str, tuple[int, Sequence[tuple[Purpose, int]]]] = {
    "quick_social": (12, (("hook", 3), ("point", 3), ("point", 3), ("call", 3))),
    "brand_campaign": (
        30,
        (("hook", 4), ("point", 5), ("number", 4), ("point", 5), ("quote", 4), ("point", 4), ("close", 4)),
    ),
    "premium_spot": (
        45,
        (
            *(("hook", 5), ("point", 5), ("point", 5), ("list", 6), ("point", 5)),
            *(("quote", 5), ("point", 5), ("call", 5), ("close", 4)),
        ),
    ),
}
"""Of each preset, a film as it usually is: its seconds, and what its shots are for, with theirs."""
LETTERS_A_SECOND = 14
"""Of narration."""

HEAD = """\
# What it costs

Made by `make docs` from list prices, from what [film.md](film.md#how-fast-how-much) measured, from what `cloudbuild.yaml` and
`deploy/setup.sh` give the services, and from the film's own plan of what it buys; a test keeps it true. US dollars, without free tiers
(which cover some thousand films a month) and discounts; europe-west1 and other regions of Tier 1, Cloud SQL as in us-central1.
Your bill is the truth: `MONTHLY_BUDGET=500USD deploy/alerts.sh` has it watched.
"""


def page(root: Path) -> str:
    """Make the page. Raises `LookupError` if a figure is not where it was."""
    return "".join(
        (HEAD, _on_this_service(root), _by_the_month(root), _of_the_providers(), _what_saves(), _prices()),
    )


def _on_this_service(root: Path) -> str:
    film, build = (root / "docs/film.md").read_text(), (root / "cloudbuild.yaml").read_text()
    setup = (root / "deploy/setup.sh").read_text()
    cpu_s, wall_s = _measured(film, "its CPU seconds"), _measured(film, "from the push to its answer: seconds")
    cpus, gib = float(_given(build, r"_CPU: '(\d+)'")), float(_given(build, r"_MEMORY: (\d+)Gi"))
    at_once = _given(build, r"_MAX_CONCURRENT_JOBS: '(\d+)'")
    instance_usd = cpus * RATES["Cloud Run, CPU"].usd + gib * RATES["Cloud Run, memory"].usd
    film_days, part_days = (int(_given(setup, rf"{name}:-(\d+)")) for name in ("FILM_DAYS", "PART_DAYS"))
    kept = FILM_BYTES * film_days / 30 + PART_BYTES * part_days / 30
    lines = (
        (f"CPU and memory, an instance always full ({at_once} films at once)", cpu_s / cpus * instance_usd),
        ("CPU and memory, each film alone on its instance", wall_s * instance_usd),
        (f"files: films for {film_days} days, parts for {part_days}", kept / 1e9 * RATES["Cloud Storage"].usd),
        ("each film fetched once", FILM_BYTES / 1e9 * RATES["to the internet"].usd),
        (
            "messages, log, requests",
            MESSAGES * 1_000 / 2**40 * RATES["Pub/Sub"].usd
            + LOG_BYTES / 2**30 * RATES["Cloud Logging"].usd
            + 20 * RATES["Cloud Run, requests"].usd / 1e6,
        ),
    )
    return (
        f"\n## {FILMS:,} films of 10 seconds, made by the service itself\n\n"
        f"`quick_social` with the local providers takes {cpu_s:.1f} CPU seconds a film. An instance has {cpus:g} vCPUs and {gib:g} GiB, and is\n"
        "billed from the first request that it holds to the last, whole, so what a film costs depends on its company.\n\n"
        "| what | USD |\n| --- | --- |\n" + "".join(f"| {what} | {usd * FILMS:.2f} |\n" for what, usd in lines)
    )


def _by_the_month(root: Path) -> str:
    setup = (root / "deploy/setup.sh").read_text()
    cpus, mb = (int(figure) for figure in _given(setup, r"SQL_TIER:-db-custom-(\d+-\d+)\}").split("-"))
    sql = MONTH_H * (cpus * RATES["Cloud SQL, CPU"].usd + mb / 1024 * RATES["Cloud SQL, memory"].usd)
    disk = DISK_GIB * RATES["Cloud SQL, disk"].usd
    api = ASKED_AN_HOUR * MONTH_H * SWEEP_S * (RATES["Cloud Run, CPU"].usd + RATES["Cloud Run, memory"].usd)
    build = (root / "cloudbuild.yaml").read_text()
    idle = float(_given(build, r"_CPU: '(\d+)'")) + float(_given(build, r"_MEMORY: (\d+)Gi"))
    return (
        "\n## By the month, films or not\n\n| what | USD |\n| --- | --- |\n"
        f"| the database, `db-custom-{cpus}-{mb}` with {DISK_GIB} GiB, in one zone | {sql + disk:.0f} |\n"
        f"| the same with a standby in another zone (`SQL_AVAILABILITY=regional`) | {2 * (sql + disk):.0f} |\n"
        f"| the sweep each minute, the uptime check | {api:.2f} |\n"
        f"| one push instance kept warm (`_MIN_INSTANCES=1`), at the idle price of 0.0000025 a vCPU second and GiB second | {idle * 0.0000025 * MINUTES * 60:.0f} |\n"
        "| scheduler, secrets, image repository, alerts | < 2 |\n"
        "| each release: a scan of the image at 0.26, ten minutes of a build machine with 8 CPUs at 0.016 a minute | 0.42 |\n"
    )


def _of_the_providers() -> str:
    settings = {
        "PROVIDER": "vertex",
        "GOOGLE_CLOUD_PROJECT": "my-project",
        "ARTIFACTS_URL": "gs://my-project-films/films",
    }
    providers = choose(settings)
    rows = []
    for preset, (seconds, shots) in SHOTS.items():
        offers = providers.illustrator.offers()
        brief = "x" * (seconds * LETTERS_A_SECOND)
        lines = [brief[at : at + 40] for at in range(0, len(brief), 40)]
        words = [*providers.director.costs(brief), *providers.critic.costs(brief)]
        spoken = providers.narrator.costs(lines)
        made = [Shot(purpose=purpose, voice="", headline="", seconds=long) for purpose, long in shots]
        pictures = plan.pictures(made, preset, offers, PRESETS[preset].cap_usd - plan.total([*words, *spoken]))
        each = [plan.total(part) for part in (words, spoken, pictures)]
        cells = " | ".join(f"{usd * FILMS:,.0f}" for usd in (*each, sum(each), PRESETS[preset].cap_usd))
        rows.append(f"| `{preset}`, {seconds} s, {len(shots)} shots | {cells} |\n")
    return (
        f"\n## {FILMS:,} films with `PROVIDER=vertex`\n\n"
        "What the plan sets aside for a film as it usually is, with the default models. For words and speech that is the most they can cost;\n"
        "`python -m service spend` says what they did. The last column is what no film exceeds without a `budget_usd` of its own.\n\n"
        "| preset | words and verdict | speech | pictures | in all | at most |\n| --- | --- | --- | --- | --- | --- |\n"
        + "".join(rows)
        + "\nA film that the critic sends back is paid for up to twice, within the same cap.\n"
    )


def _what_saves() -> str:
    return """
## What saves most

- **Company.** A film alone on four vCPUs pays for those it does not use. If films come one at a time, `_CPU=2,_MEMORY=4Gi` with
  `_MAX_CONCURRENT_JOBS=2` costs about half as much for each, and each takes a little longer.
- **Plainer pictures.** A preset's `budget_usd` is a ceiling, not a target: with less, the plan gives the lightest shots plainer pictures.
- **The database** is most of a small bill. In staging, `SQL_TIER=db-g1-small` costs half.
- **The log** is a rounding error, because a refused delivery is told once. `_LOG_LEVEL=WARNING` saves what is left, and tells you less.
"""


def _prices() -> str:
    rows = "".join(
        f"| {name} | {f'{rate.usd:.7f}'.rstrip('0')} per {rate.unit} | {rate.read} | {rate.source} |\n"
        for name, rate in RATES.items()
    )
    return (
        "\n## The prices\n\nThose of models are in `service/pipelines/film/money/prices.py`, each with its source. Those below were read in stored\ncopies of these pages, or where others quote them: look before you rely on a cent.\n\n"
        "| what | USD | read | where |\n| --- | --- | --- | --- |\n" + rows
    )


def _measured(film: str, row: str) -> float:
    """The mean of a row's figures, one for each style, in the table of docs/film.md. The first cell is the aim."""
    found = re.search(rf"^\| [^|]*{row} \|[^|]*\|((?: [\d.]+ \|)+)$", film, re.MULTILINE)
    if not found:
        raise LookupError(f"docs/film.md has no row of figures called '{row}' any more: lab/docs/costs.py reads it.")
    return statistics.mean(float(cell) for cell in found[1].strip("| ").split("|"))


def _given(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise LookupError(f"nothing matches {pattern}: lab/docs/costs.py reads a default there.")
    return found[1]
