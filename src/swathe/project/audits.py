"""Audits held against the tables that they are about: are the columns there, and does the database take the SQL?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from swathe.engine.adapter import Binder
from swathe.errors import EngineError, Location, ModelError, did_you_mean
from swathe.frozen import frozen
from swathe.model.audit import AcceptedValues, Audit, BadRows, Check, NotNull, Relationships, Scalar, Unique
from swathe.model.definition import Column, InputName, InputRef, ModelName, Relation
from swathe.model.values import list_names
from swathe.partition.values import ValueKind
from swathe.project.audit_texts import DefinedAudit, in_audit, logical_relation
from swathe.project.bind_errors import engine_words
from swathe.sql.audits import AuditedRows, AuditSql
from swathe.sql.breakout import refuse_breakouts
from swathe.sql.literal import column_clock, relation_sql, value_kind
from swathe.sql.parse import parse_query
from swathe.sql.rendered import THIS_SCHEMA, RenderedModel

_FRACTIONS = ("DECIMAL", "NUMERIC", "DOUBLE", "FLOAT", "REAL")

Declare = Callable[[Mapping[tuple[str, str], InputRef]], None]
"""Makes inputs known to the binder."""


@frozen
class AuditAnalyser:
    """Understands audits, once the columns of all models are known. `columns` gives those of an input that was
    declared.
    """

    binder: Binder
    dialect: str
    declare: Declare
    columns: Callable[[InputName], Sequence[Column]]

    def understand(
        self, model: ModelName, columns: Sequence[Column], audits: Sequence[DefinedAudit]
    ) -> tuple[AuditSql, ...]:
        """Raises ModelError."""
        if audits:
            self.binder.declare((THIS_SCHEMA, model), columns)
        return tuple(self._audit(model, columns, defined) for defined in audits)

    def _audit(self, model: ModelName, columns: Sequence[Column], defined: DefinedAudit) -> AuditSql:
        audit = replace(defined.audit, check=self._spelled(defined.audit, model, columns))
        made = AuditSql(
            audit,
            where=self._condition(audit, defined.where),
            condition=self._condition(audit, defined.condition),
            reads=defined.reads,
        )
        if defined.query is not None:
            made = self._with_query(made, model, defined.query)
        rows = AuditedRows(
            table=relation_sql(Relation(THIS_SCHEMA, model), self.dialect),
            columns=columns,
            dialect=self.dialect,
            reads={name: relation_sql(Relation(*logical_relation(name)), self.dialect) for name in made.reads},
        )
        try:
            self.binder.describe(rows.counting([made]))
        except EngineError as error:
            said, hint = engine_words(error.message)
            raise ModelError(
                f"the database refuses the audit `{audit.name}` of `{model}`: {said}", at=_at(defined), hint=hint
            ) from None
        return made

    def _with_query(self, made: AuditSql, model: ModelName, rendered: RenderedModel) -> AuditSql:
        audit = made.audit
        own = isinstance(audit.check, BadRows) and audit.check.file is not None
        this = {(THIS_SCHEMA, str(model)): InputRef(InputName(model))}
        self.declare(rendered.inputs)
        try:
            refuse_breakouts(rendered, self.dialect)
            query = parse_query(rendered.text, {**rendered.inputs, **this}, self.dialect, rendered.locate)
        except ModelError as error:
            raise error if own else in_audit(audit, error) from None
        return replace(made, query=query.template, reads=frozenset(query.reads))

    def _condition(self, audit: Audit, rendered: RenderedModel | None) -> str | None:
        """The text of one expression, that nothing can be read into but the row's columns."""
        if rendered is None:
            return None
        try:
            refuse_breakouts(rendered, self.dialect)
            found = sqlglot.parse(rendered.text, dialect=self.dialect)
        except (ParseError, TokenError):
            found = []
        except ModelError as error:
            raise in_audit(audit, error) from None
        tree = found[0] if len(found) == 1 else None
        if tree is None or isinstance(tree, exp.Query | exp.Command | exp.DDL | exp.DML | exp.Alias | exp.Tuple):
            hint = "write what may stand behind WHERE, as in `amount >= 0`"
            shown = " ".join(rendered.text.split())
            raise ModelError(f"the audit `{audit.name}` has no condition in `{shown}`", at=audit.at, hint=hint)
        if tree.find(exp.Table, exp.Query) is not None:
            hint = "write an audit `sql` that gives the bad rows"
            raise ModelError(f"a condition of the audit `{audit.name}` reads a table", at=audit.at, hint=hint)
        return rendered.text.strip()

    def _spelled(self, audit: Audit, model: ModelName, columns: Sequence[Column]) -> Check:
        def own(name: str) -> str:
            return _find(audit, name, f"the output of `{model}`", columns)

        check = audit.check
        match check:
            case NotNull() | Unique():
                return replace(check, columns=tuple(map(own, check.columns)))
            case AcceptedValues():
                check = replace(check, column=own(check.column))
                _check_values(audit, check, next(column for column in columns if column.name == check.column))
                return check
            case Relationships():
                self.declare({logical_relation(check.to): InputRef(check.to)})
                field = _find(audit, check.field, f"`{check.to}`", self.columns(check.to))
                return replace(check, column=own(check.column), field=field)
        return check


def _find(audit: Audit, name: str, where: str, columns: Sequence[Column]) -> str:
    known = [column.name for column in columns]
    found = next((each for each in known if each.lower() == name.lower()), None)
    if found is None:
        hint = did_you_mean(name, known, otherwise=f"its columns: {list_names(known)}")
        raise ModelError(f"the column `{name}` of the audit `{audit.name}` is not in {where}", at=audit.at, hint=hint)
    return found


def _check_values(audit: Audit, check: AcceptedValues, column: Column) -> None:
    """Refuse what can't be compared with the column: the database would do so in each partition anew."""
    for value in check.values:
        if not _fits(value, column.type):
            raise ModelError(
                f"`{value}` in the audit `{audit.name}` can't be a value of `{column.name}`, which is {column.type}",
                at=audit.at,
                hint="write values that the column can have",
            )


def _fits(value: Scalar, column_type: str) -> bool:
    if value_kind(column_type) is ValueKind.INTEGER or column_type.upper().startswith(_FRACTIONS):
        return not isinstance(value, bool | date) and _reads(float, value)
    if value_kind(column_type) is ValueKind.BOOLEAN:
        return isinstance(value, bool) or str(value).lower() in ("true", "false")
    if column_clock(column_type) is not None:
        return isinstance(value, date) or (isinstance(value, str) and _reads(datetime.fromisoformat, value))
    return True


def _reads(read: Callable[[Any], object], value: Scalar) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


def _at(defined: DefinedAudit) -> Location:
    check = defined.audit.check
    if defined.query is not None and isinstance(check, BadRows) and check.file is not None:
        return Location(defined.query.path, 1, 1)
    return defined.audit.at
