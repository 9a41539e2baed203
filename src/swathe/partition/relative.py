"""Windows counted in partitions of the reader, as people say them."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from swathe.partition.granularity import Granularity, TimeSpan
from swathe.partition.units import Units
from swathe.partition.window import Delta, Shift, Window


def lookback_window(partitions: int, units: Units | Granularity) -> Window:
    """A partition and the `partitions` before it, on one clock."""
    months = units.months
    fixed = units.fixed
    back = Delta(months=-partitions * months) if months else Delta(fixed=-partitions * (fixed or timedelta()))
    return Window(((Shift(back, Delta()),),))


@lru_cache(maxsize=1024)  # many models of a project read alike
def relative_window(window: Window, units: Units | Granularity, sample: int) -> tuple[int | None, int | None]:
    """A window as offsets in units of the reader, both inclusive, around partition `sample`.

    Rounded outwards; (0, 0) is the partition itself; None is unbounded on that side. Months and zones make
    the offsets vary between partitions, so the hull of a year of them is returned.
    """
    lows: list[int | None] = []
    highs: list[int | None] = []
    moment = timedelta.resolution
    units = Units(units) if isinstance(units, Granularity) else units
    per_year = -(-_PER_YEAR[units.granularity] // units.every)
    samples = 1 if units.fixed and _is_constant(window) else per_year
    for ordinal in range(sample, sample + samples):
        span = TimeSpan(units.start(ordinal), units.start(ordinal + 1))
        read = window.apply(span)
        lows.append(None if read.start is None else units.ordinal(read.start) - ordinal)
        highs.append(None if read.end is None else units.ordinal(read.end - moment) - ordinal)
    bounded_lows = [low for low in lows if low is not None]
    bounded_highs = [high for high in highs if high is not None]
    return (
        min(bounded_lows) if len(bounded_lows) == len(lows) else None,
        max(bounded_highs) if len(bounded_highs) == len(highs) else None,
    )


_PER_YEAR = {
    Granularity.HOUR: 8784,
    Granularity.DAY: 366,
    Granularity.WEEK: 53,
    Granularity.MONTH: 12,
    Granularity.QUARTER: 4,
    Granularity.YEAR: 1,
}


def _is_constant(window: Window) -> bool:
    """Whether all partitions of a fixed length read at the same offsets."""
    steps = [step for chain in window.chains for step in chain]
    return all(isinstance(step, Shift) and not (step.start.months or step.end.months) for step in steps)
