"""gunicorn's settings as deployed, in a process that is broken on purpose: a fence is removed (`SABOTAGE`), or its wall
clock is wrong."""

import os
import runpy
from pathlib import Path

from lab.chaos import clocks

clocks.shift_own()
if os.environ.get("SABOTAGE"):
    from lab.chaos import sabotage

    sabotage.apply(os.environ["SABOTAGE"])
_settings = runpy.run_path(str(Path(__file__).parents[2] / "gunicorn.conf.py"))
globals().update({name: value for name, value in _settings.items() if not name.startswith("_")})
