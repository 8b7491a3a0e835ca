"""Cut the readings of Japanese words out of IPADIC, as `service/pipelines/film/studio/readings/ipadic.xz`.

    pip install janome==0.5.1
    python -m lab.readings

janome (Apache-2.0) carries IPADIC with its readings, 115 MB of it. Kept are 379,000 words with what finds them in a
sentence (the class, the cost, and the cost of two classes side by side) and how each is pronounced: 2.7 MB.
"""

import sys
from typing import Any

import numpy as np
from janome import sysdic

from service.pipelines.film.studio.japanese import FILE, Words, pack


def main() -> int:
    ipadic: Any = sysdic
    cheapest: dict[tuple[str, int], tuple[int, str]] = {}
    for surface, word_class, right, cost, *others in ipadic.entries().values():
        assert word_class == right
        pronounced = others[-1]
        known = cheapest.get((surface, word_class))
        if pronounced != "*" and (known is None or known[0] > cost):
            cheapest[surface, word_class] = cost, pronounced
    ordered = sorted(cheapest.items(), key=lambda entry: (entry[0][0].encode(), entry[1][0]))
    words = Words(
        surfaces="".join(f"{surface}\n" for (surface, _), _ in ordered).encode(),
        sounds="".join(f"{pronounced}\n" for _, (_, pronounced) in ordered),
        classes=np.array([word_class for (_, word_class), _ in ordered], np.int16),
        costs=np.array([cost for _, (cost, _) in ordered], np.int16),
        between=np.array(ipadic.connections, np.int16),
    )
    FILE.write_bytes(pack(words))
    sys.stdout.write(f"{FILE}: {len(ordered)} words, {FILE.stat().st_size / 1e6:.2f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
