"""Models held against what their engine can do: does it keep names whole, and can it swap leaves?"""

from __future__ import annotations

from collections.abc import Iterable

from swathe.engine.adapter import Capabilities
from swathe.errors import Location, ModelError
from swathe.model.audit import Audit, Unique, Within
from swathe.model.definition import OverwriteWay
from swathe.project.loader import DefinedModel
from swathe.sql.layout import why_no_swap


def check_names(model: DefinedModel, columns: Iterable[str], capabilities: Capabilities) -> None:
    """Raises ModelError for a name that the engine would cut off, and then take for another one that begins alike."""
    most = capabilities.longest_name
    if most is None:
        return
    relation = model.relation
    alias = "use a shorter `alias`" if model.config.alias else "set a shorter `alias`"
    cut = model.config.partition_by.names if model.config.partition_by else ()
    named = [
        ("table", relation.name, model.where("alias"), alias),
        ("schema", relation.schema, model.where("schema"), "use a shorter `schema`"),
        *(("partition column", name, model.where("partition_by"), "give it a shorter one") for name in cut),
        *(("column", name, Location(model.template.path, 1, 1), "give it a shorter one with `as`") for name in columns),
    ]
    for what, name, at, hint in named:
        if (length := len(name.encode())) > most:
            message = f"the name of the {what} `{name}` of `{model.name}` has {length} bytes, and {most} is the most"
            raise ModelError(message, at=at, hint=hint)


def check_overwrite(model: DefinedModel, capabilities: Capabilities) -> None:
    """Raises ModelError where leaves are to be swapped that the engine or the table does not have."""
    if model.config.overwrite is not OverwriteWay.SWAP:
        return
    at = model.where("overwrite")
    hint = "leave `overwrite` out: partitions are then overwritten by DELETE and INSERT"
    if not capabilities.native_partitions:
        message = f"`overwrite` can't be `swap` here: `{capabilities.dialect}` does not keep tables in parts"
        raise ModelError(message, at=at, hint=hint)
    why = why_no_swap(model.config.partition_by)
    if why is None and (whole := [defined.audit.name for defined in model.audits if _is_of_all(defined.audit)]):
        # The rows of a batch are not in the table yet when they are audited.
        why = f"the audit `{whole[0]}` looks at the whole table"
    if why is not None:
        raise ModelError(f"`overwrite` can't be `swap`: {why}", at=at, hint=hint)


def _is_of_all(audit: Audit) -> bool:
    return isinstance(audit.check, Unique) and audit.check.within is Within.TABLE
