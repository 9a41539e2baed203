"""Whether a query is another one with columns added, and nothing else."""

from __future__ import annotations

from sqlglot import exp

from swathe.sql.canonical.dump import dump
from swathe.sql.canonical.form import Schema, bound_form, settled_form
from swathe.sql.canonical.guards import names_are_data
from swathe.sql.canonical.outputs import has_star
from swathe.sql.canonical.unused import leave_out


def added_columns(
    before: exp.Query, before_schema: Schema, after: exp.Query, after_schema: Schema, dialect: str
) -> tuple[int, ...]:
    """Which output columns of `after`, counted from 0, are added to those of `before`, where it differs in nothing
    else; empty where it does, or where that can't be told. Both are left as they were.

    `after` without these columns gives the rows of `before`: its canonical form without them is that of `before`, each
    with the columns that its own inputs had.
    """
    if names_are_data(before) or names_are_data(after):
        return ()
    # What is not understood, by us or by sqlglot, is told as any other change.
    try:
        old = bound_form(before.copy(), before_schema, dialect)
        new = bound_form(after.copy(), after_schema, dialect)
        # With a star the places of the others are not known.
        if has_star(old) or has_star(new):
            return ()
        names = set(old.named_selects)
        added = tuple(at for at, name in enumerate(new.named_selects) if name not in names)
        if not added:
            return ()
        leave_out(new, added)
        return added if dump(settled_form(old)) == dump(settled_form(new)) else ()
    except Exception:  # noqa: BLE001
        return ()
