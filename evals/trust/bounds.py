"""How sure a share is."""

from math import sqrt

_Z95 = 1.96


def upper_bound(failures: int, runs: int) -> float:
    """Upper end of the 95 % interval of a share: 3/N where nothing failed, otherwise Wilson's.

    Args:
        failures: how many failed.
        runs: out of how many.
    """
    if not runs:
        return 1.0
    if not failures:
        return min(1.0, 3 / runs)
    share = min(1.0, failures / runs)
    middle = share + _Z95 * _Z95 / (2 * runs)
    spread = _Z95 * sqrt(share * (1 - share) / runs + _Z95 * _Z95 / (4 * runs * runs))
    return min(1.0, (middle + spread) / (1 + _Z95 * _Z95 / runs))
