"""`python -m lab.band FONT.sf2`: see `cut.py`."""

import sys
from pathlib import Path

from lab.band.cut import cut
from service.pipelines.film.studio import samples

if __name__ == "__main__":
    cut(Path(sys.argv[1]), samples.BAND)
    sys.stdout.write(f"{samples.BAND}: {samples.BAND.stat().st_size / 1e6:.2f} MB\n")
