"""Numbers, durations and ranges in words."""

from __future__ import annotations

_GLUE = "\ue000"
"""A character that stands for nothing, and is no space to what wraps lines."""


def counted(number: int, noun: str) -> str:
    """
    >>> counted(1, "partition"), counted(1200, "partition")
    ('1 partition', '1,200 partitions')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def about(number: float) -> str:
    """A number in few digits.

    >>> [about(n) for n in (0, 7.4, 950, 12_340, 336_776, 1_240_000, 98_000_000_000)]
    ['0', '7', '950', '12k', '337k', '1.2M', '98B']
    """
    if round(number) < 1000:
        return f"{number:.0f}"
    for unit in ("k", "M", "B"):
        number /= 1000
        if number < 9.95:
            return f"{number:.1f}".removesuffix(".0") + unit
        if round(number) < 1000 or unit == "B":
            return f"{number:,.0f}{unit}"
    raise AssertionError("the last unit returns")


def duration(seconds: float) -> str:
    """
    >>> [duration(s) for s in (0.004, 0.05, 1.25, 42, 65, 3600, 7384, 187_200)]
    ['<0.01 s', '0.05 s', '1.2 s', '42 s', '1 min 5 s', '1 h', '2 h 3 min', '2 d 4 h']
    """
    if seconds < 0.005:
        return "<0.01 s"
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, name, part, part_name in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            large, rest = divmod(whole, size)
            small = rest // part
            return f"{large} {name} {small} {part_name}" if small else f"{large} {name}"
    raise AssertionError("a minute or more is in the table")


def glued(key: str) -> str:
    """A key that is not broken over lines where it holds a space. What prints it takes the glue out: `unglued`."""
    return key.replace(" ", _GLUE)


def unglued(text: str) -> str:
    """A line as it is printed, once it has been wrapped."""
    return text.replace(_GLUE, " ")


def key_range(first: str, last: str, count: int) -> str:
    """A run of partitions.

    >>> key_range("2013-01-01", "2013-01-31", 31)
    '2013-01-01 … 2013-01-31 (31)'
    >>> key_range("2013-01-01", "2013-01-01", 1)
    '2013-01-01'
    """
    return first if count == 1 else f"{first} … {last} ({count:,})"


def listed(names: list[str]) -> str:
    """
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def any_of(names: list[str]) -> str:
    """
    >>> any_of(["a", "b", "c"])
    'a, b or c'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
