"""docs/operating.md has every metric of the service and names no other."""

import re

from lab.harness.processes import ROOT
from service.metrics import Metrics, families
from service.queries.counts import Totals, Vitals
from service.slots import Slots

VITALS = Vitals(pending=0, processing=0, expired_leases=0, oldest_pending_s=0.0, owed=0, oldest_owed_s=0.0)
TOTALS = Totals(ended={}, letters={}, parked=0)


def test_the_page_has_every_metric() -> None:
    exposition = Metrics(Slots(1, 1)).text().decode()
    exposed = set(re.findall(r"^# TYPE (aiprod_\w+) ", exposition, flags=re.MULTILINE))
    exposed |= {family.name for family in families(VITALS, TOTALS)} | {"aiprod_database_up"}
    page = (ROOT / "docs" / "operating.md").read_text()
    rows = "\n".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `aiprod_"))
    assert set(re.findall(r"aiprod_\w+", rows)) == exposed
