"""How stored rows and those of a query compare: which columns match them, and what the database says then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from swathe.engine.adapter import Session
from swathe.errors import SelectionError, did_you_mean
from swathe.sql.diff import Comparison, Key, Trial, TwoSides
from swathe.sql.diff_columns import ColumnMatch
from swathe.sql.diff_keys import best_key, composite_keys, matches_all, single_keys

_SAMPLE = 20_000
"""Of partitions with more rows, most sets of columns turn out to be no key among so many of them."""


def named_key(key: str | None, columns: ColumnMatch) -> Key | None:
    """The positions of the columns that are named. Raises SelectionError."""
    if key is None:
        return None
    known = {column.name.lower(): index for index, column in enumerate(columns.shared)}
    one_sided = {
        **{column.name.lower(): "only in the query" for column in columns.added},
        **{column.name.lower(): "only in the table" for column in columns.removed},
    }
    found: dict[int, None] = {}
    for name in _names(key, {*known, *one_sided}):
        if name.lower() in one_sided:
            raise SelectionError(
                f"rows can't be matched by `{name}`, which is {one_sided[name.lower()]}",
                hint="name columns that both have with `--key`, or leave it out",
            )
        if name.lower() not in known:
            names = [column.name for column in columns.shared]
            raise SelectionError(
                f"there is no column `{name}` (given with `--key`)",
                hint=did_you_mean(name, names, otherwise="name columns with commas between them"),
            )
        found[known[name.lower()]] = None
    return tuple(found)


def _names(key: str, known: Set[str]) -> Iterator[str]:
    """Names with commas between them. A name with commas in it is one that is known."""
    pieces = key.split(",")
    while pieces:
        sizes = (n for n in range(len(pieces), 0, -1) if ",".join(pieces[:n]).strip().lower() in known)
        size = next(sizes, 1)
        yield ",".join(pieces[:size]).strip()
        del pieces[:size]


def compare(
    session: Session, sides: TwoSides, key: Key | None, cut_by: Sequence[int], limit: int
) -> tuple[Key | None, Comparison]:
    """Compare two sides, and by which key; None where nothing tells rows apart, or one side has none.

    `key` is the one that was asked for; else one is looked for. `cut_by` are the columns that cut the table.
    """
    used = _checked(session, sides, key) if key is not None else _found(session, sides, cut_by)
    if used is None:
        _, rows = session.fetch(sides.as_multisets(limit))
        return None, sides.read_multisets(rows, limit)
    _, rows = session.fetch(sides.by_key(used, limit))
    return used, sides.read_by_key(rows, used)


def _checked(session: Session, sides: TwoSides, key: Key) -> Key:
    """Raises SelectionError where rows can't be matched by these columns."""
    (trial,) = _tried(session, sides, [key])
    if trial.is_key:
        return key
    names = ", ".join(sides.columns[index].name for index in key)
    is_or_are = "is" if len(key) == 1 else "are"
    if trial.nulls:
        why = f"NULL in {_counted(trial.nulls, 'row')}"
    else:
        counts = [
            f"{_counted(values, 'value')} in {_counted(rows, 'row')} of the {where}"
            for rows, values, where in (
                (trial.stored, trial.stored_values, "table"),
                (trial.now, trial.now_values, "query"),
            )
            if values < rows
        ]
        why = f"not unique: {' and '.join(counts)}"
    raise SelectionError(
        f"rows can't be matched by `{names}`, which {is_or_are} {why}",
        hint="name more columns with `--key`, or leave it out",
    )


def _found(session: Session, sides: TwoSides, cut_by: Sequence[int]) -> Key | None:
    """A key; None where there is none, or nothing to match."""
    single = _tried(session, sides, single_keys(sides.columns))
    if not single or not (single[0].stored and single[0].now):
        return None
    best = best_key(single)
    if best is None or not matches_all(best):
        composite = composite_keys(single, cut_by)
        if max(single[0].stored, single[0].now) > _SAMPLE:
            composite = [trial.key for trial in _tried(session, sides, composite, _SAMPLE) if trial.is_key]
        best = best_key([*single, *_tried(session, sides, composite)])
    return None if best is None else best.key


def _tried(session: Session, sides: TwoSides, keys: Sequence[Key], sample: int | None = None) -> list[Trial]:
    return sides.read_trials(session.query(sides.trial(keys, sample)), keys) if keys else []


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
