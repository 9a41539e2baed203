"""Renders the texts of audits: queries of bad rows, conditions, and what narrows the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swathe.errors import ModelError
from swathe.frozen import frozen
from swathe.model.audit import Audit, BadRows, Holds, Relationships
from swathe.model.definition import InputName, InputRef, ModelName
from swathe.project.files import ProjectFile
from swathe.project.rendering import Renderer
from swathe.sql.positions import TemplateFile
from swathe.sql.rendered import REF_SCHEMA, SOURCE_SCHEMA, RenderedModel


@frozen
class DefinedAudit:
    """An audit with its texts rendered."""

    audit: Audit
    query: RenderedModel | None = None
    condition: RenderedModel | None = None
    where: RenderedModel | None = None

    @property
    def inputs(self) -> dict[tuple[str, str], InputRef]:
        """The logical relations that it reads, in the order in which they are looked at."""
        check = self.audit.check
        inputs = {logical_relation(check.to): InputRef(check.to)} if isinstance(check, Relationships) else {}
        return inputs | dict(self.query.inputs if self.query else {})

    @property
    def reads(self) -> frozenset[InputName]:
        """The models and sources that it names."""
        named = {ref.name for ref in self.query.inputs.values()} if self.query else set()
        check = self.audit.check
        return frozenset(named | ({check.to} if isinstance(check, Relationships) else set()))


def logical_relation(name: InputName) -> tuple[str, str]:
    """A model or source that an audit names, as queries name it."""
    return (SOURCE_SCHEMA if "." in name else REF_SCHEMA, name)


def render_audits(
    audits: Sequence[Audit],
    model: ModelName,
    files: Mapping[str, ProjectFile],
    renderer: Renderer,
) -> tuple[DefinedAudit, ...]:
    """Raises ModelError, in a file at its line, else where the audit is declared."""

    def rendered(audit: Audit, text: str | None, *, reads: bool) -> RenderedModel | None:
        if text is None:
            return None
        try:
            found = renderer.render(TemplateFile(audit.at.path, text), model)
        except ModelError as error:
            raise in_audit(audit, error) from None
        _check(audit, found, reads=reads)
        return found

    made = []
    for audit in audits:
        condition = audit.check.condition if isinstance(audit.check, Holds) else None
        query = None
        if isinstance(audit.check, BadRows):
            if audit.check.file is None:
                query = rendered(audit, audit.check.sql, reads=True)
            else:
                file = files[audit.check.file]
                query = renderer.render(TemplateFile(file.path, file.text), model)
                _check(audit, query, reads=True)
        made.append(
            DefinedAudit(
                audit,
                query,
                rendered(audit, condition, reads=False),
                rendered(audit, audit.where, reads=False),
            )
        )
    return tuple(made)


def in_audit(audit: Audit, error: ModelError) -> ModelError:
    """An error in a text that has no file of its own."""
    return ModelError(f"in the audit `{audit.name}`: {error.message}", at=audit.at, hint=error.hint)


def _check(audit: Audit, rendered: RenderedModel, *, reads: bool) -> None:
    if rendered.uses_partition:
        hint = "leave it out: `{{ this }}` holds only the rows of the partitions that are being written"
        raise ModelError(f"the audit `{audit.name}` can't use `partition.*`", at=audit.at, hint=hint)
    if rendered.config:
        hint = "say `severity` and `where` in the place where the audit is named"
        raise ModelError(f"the audit `{audit.name}` can't have a `config()`", at=rendered.config_location, hint=hint)
    if rendered.inputs and not reads:
        hint = "write an audit `sql` that gives the bad rows"
        raise ModelError(f"a condition of the audit `{audit.name}` reads a table", at=audit.at, hint=hint)
