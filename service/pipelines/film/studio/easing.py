"""How things move: curves from 0.0 to 1.0, over a share of the movement's time from 0.0 to 1.0. Pure."""


def clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def out_quart(share: float) -> float:
    """Start fast and settle gently."""
    return 1 - (1 - clamp(share)) ** 4


def out_back(share: float) -> float:
    """Overshoot a little and come back."""
    rest = clamp(share) - 1
    return 1 + 2.4 * rest**3 + 1.4 * rest**2


def in_out(share: float) -> float:
    """Start and settle gently, fast in between."""
    share = clamp(share)
    return share * share * (3 - 2 * share)


def out_cubic(share: float) -> float:
    """Start fast and settle, less abruptly than `out_quart`."""
    return 1 - (1 - clamp(share)) ** 3
