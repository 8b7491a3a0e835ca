"""gunicorn's settings as they are deployed, in a process that was broken on purpose: by a fence taken away
(`SABOTAGE`), or by a wall clock that is wrong."""

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
