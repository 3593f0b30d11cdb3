"""How long to wait before the next try: exponential, with full jitter.

Drawn from the whole span and not around its end, so that messages which failed together do not
come back together.
"""

from __future__ import annotations

import random
from datetime import timedelta

_FIRST = 1.0  # seconds that the first pause lasts at most
_LONGEST = 60.0  # seconds
_LEAST = 0.05  # seconds: not at once, however the draw falls
_ENOUGH = 10  # doublings, after which every pause is the longest


def pause(attempts: int, chance: random.Random) -> timedelta:
    """Return a pause after so many tries before the last one, drawn from *chance*."""
    most = min(_LONGEST, _FIRST * 2 ** min(attempts, _ENOUGH))
    return timedelta(seconds=max(_LEAST, chance.uniform(0, most)))
