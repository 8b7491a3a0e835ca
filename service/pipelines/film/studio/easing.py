"""How things move: curves from 0.0 to 1.0. Pure."""


def clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def out_quart(share: float) -> float:
    """Quick at first, then gently to its place."""
    return 1 - (1 - clamp(share)) ** 4


def in_quart(share: float) -> float:
    return clamp(share) ** 4


def in_out(share: float) -> float:
    share = clamp(share)
    return share * share * (3 - 2 * share)


def out_back(share: float) -> float:
    """Past its place by a little and back."""
    rest = clamp(share) - 1
    return 1 + 2.4 * rest**3 + 1.4 * rest**2
