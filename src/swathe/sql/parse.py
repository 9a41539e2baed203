"""Parse rendered SQL once: a tree to analyse and a template to fill in."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from swathe.errors import Location, ModelError
from swathe.frozen import frozen
from swathe.model.definition import InputName, InputRef
from swathe.sql.syntax_errors import near_keyword, unparsable, unreadable
from swathe.sql.template import PartitionField, PartitionSlot, QueryTemplate, Scan, ScanSlot, Segment

PARTITION_MARKER = re.compile(r"__swathe_partition_(start|end|key)__")
_ONE_PART = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*[A-Za-z]+\s*")
"""An interval of one unit, which the parser keeps as a number and a unit."""

PARTITION_FUNCTION = "swathe_partition_{}"

# sqlglot logs what it can't parse, and what nobody takes from a logger ends up on stderr. We raise it instead.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

_READERS = re.compile(r"read_\w+|\w+_scan|\w*glob|query|query_table|sniff_csv|st_read", re.IGNORECASE)
"""Table functions that read what swathe could not watch."""

InputMap = Mapping[tuple[str, str], InputRef]


@frozen
class ParsedQuery:
    """One query: its text without a trailing semicolon, its tree and its template.

    Each scan of an input is an `exp.Table` whose `meta["scan"]` is the `Scan.id`; a bare partition value is an
    `exp.Anonymous` function without arguments.
    """

    text: str
    tree: exp.Query
    template: QueryTemplate
    edits: tuple[_Edit, ...]
    lost: tuple[LostLiteral, ...] = ()

    @property
    def reads(self) -> frozenset[InputName]:
        """The inputs that it scans."""
        return self.template.reads

    def template_with(self, texts: Mapping[tuple[int, int], str]) -> QueryTemplate:
        """The template with other texts at some places of the query: start and end, exclusive."""
        edits = (_Edit(start, end, text) for (start, end), text in texts.items())
        return QueryTemplate(_segments(self.text, (*self.edits, *edits)))


@frozen
class LostLiteral:
    """A literal of the text that the parser did not keep as it stands, e.g. the hours of `interval '1 day 02:00'`.

    The tree alone would take two queries that differ only there for one.
    """

    text: str
    offset: int
    interval: bool


@frozen
class _Edit:
    start: int
    end: int
    segment: Segment


def parse_query(text: str, inputs: InputMap, dialect: str, locate: Callable[[int], Location]) -> ParsedQuery:
    """Parse one SELECT. `inputs` tells which tables are inputs. Raises ModelError at the template's position."""
    if (nul := text.find("\0")) >= 0:
        raise ModelError(
            "a NUL character stands in the SQL",
            at=locate(nul),
            hint="take it out: databases read a text only as far as the first one",
        )
    tokens = _tokenize(text, dialect, locate)
    text = _without_semicolon(text, tokens, locate)
    tree = _placed(_parse(text, dialect, locate))
    _refuse_readers(tree, text, locate)
    _refuse_writers(tree, tokens, locate)
    edits: list[_Edit] = []
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    aliases: dict[tuple[str, str], str] = {}
    for number, table in enumerate(_tables_in_order(tree)):
        relation = (table.db, table.name)
        reference = inputs.get(relation)
        if reference is None:
            _refuse_bare_file(table, ctes, locate)
            continue
        table.meta["scan"] = number
        start, end = _extent(table)
        bare = reference.name.rsplit(".", 1)[-1]
        aliases[relation] = table.alias or bare
        alias = None if table.alias else bare
        edits.append(_Edit(start, end, ScanSlot(Scan(number, reference, relation, alias, start))))
    edits.extend(_qualifier_edits(tree, aliases, dialect))
    edits.extend(_marker_edits(text, tokens))
    _replace_bare_markers(tree)
    end = len(text)
    lost = _lost_literals([token for token in tokens if token.start < end], tree)
    return ParsedQuery(text, tree, QueryTemplate(_segments(text, edits)), tuple(edits), lost)


def expand(
    template: QueryTemplate, views: Mapping[tuple[str, str], str], inputs: InputMap, dialect: str
) -> ParsedQuery:
    """A query with each scan of a view replaced by the text of the view's own (already expanded) query.

    `inputs` must hold the relations of the query and of the views. What results is for analysis, not for running.
    """

    def scan_sql(scan: Scan) -> str:
        view = views.get(scan.relation)
        alias = f" AS {exp.to_identifier(scan.alias, quoted=True).sql(dialect=dialect)}" if scan.alias else ""
        if view is None:
            schema, name = (exp.to_identifier(part, quoted=True).sql(dialect=dialect) for part in scan.relation)
            return f"{schema}.{name}{alias}"
        return f"({view}\n){alias}"

    marked = replace(template, segments=tuple(_marker_text(segment) for segment in template.segments))
    return parse_expanded(marked.fill(scan_sql, None), inputs, dialect)


def parse_expanded(text: str, inputs: InputMap, dialect: str) -> ParsedQuery:
    """A query that `expand` made, from its text."""
    return parse_query(text, inputs, dialect, lambda _: Location("expanded view"))


def _marker_text(segment: Segment) -> Segment:
    if isinstance(segment, PartitionSlot):
        return f"__swathe_partition_{segment.field}__"
    return segment


def _tokenize(text: str, dialect: str, locate: Callable[[int], Location]) -> list[Token]:
    try:
        return sqlglot.tokenize(text, dialect=dialect)
    except TokenError as error:
        raise unreadable(error, text, locate) from None


def _without_semicolon(text: str, tokens: list[Token], locate: Callable[[int], Location]) -> str:
    semicolons = [token for token in tokens if token.token_type == TokenType.SEMICOLON]
    if not [token for token in tokens if token.token_type != TokenType.SEMICOLON]:
        raise ModelError("the model has no SQL", at=locate(0), hint="a model is one SELECT statement")
    if not semicolons:
        return text.rstrip()
    first = semicolons[0]
    for token in tokens:
        if token.token_type != TokenType.SEMICOLON and token.start > first.start:
            raise ModelError(
                "a model is one statement, and here a second one begins",
                at=locate(token.start),
                hint="make a model of each statement",
            )
    return text[: first.start].rstrip()


def _parse(text: str, dialect: str, locate: Callable[[int], Location]) -> exp.Query:
    try:
        tree = sqlglot.parse_one(text, dialect=dialect)
    except ParseError as error:
        raise unparsable(error, text, dialect, locate) from None
    if not isinstance(tree, exp.Query):
        first = sqlglot.tokenize(text, dialect=dialect)[0]
        keyword = near_keyword(first.text)
        raise ModelError(
            f"a model is one SELECT, and this begins with `{first.text}`",
            at=locate(first.start),
            hint=f"did you mean `{keyword}`?"
            if keyword
            else "write only the query: swathe writes the statement around it",
        )
    return tree


class _Place(dict[str, Any]):
    """Where a node stands in the text. Nodes are copied many times, and `deepcopy` would look into every number."""

    def __deepcopy__(self, memo: object) -> _Place:
        return _Place(self)


def _placed(tree: exp.Query) -> exp.Query:
    for node in tree.walk():
        if node._meta is not None:  # noqa: SLF001 - what has no setter
            node._meta = _Place(node._meta)  # noqa: SLF001 - as above
    return tree


def _tables_in_order(tree: exp.Query) -> list[exp.Table]:
    return sorted(tree.find_all(exp.Table), key=lambda table: _extent(table)[0])


def _extent(table: exp.Table) -> tuple[int, int]:
    """Where the table's name stands in the text, end exclusive; (-1, -1) for a table function."""
    spots = [
        part.meta
        for part in (table.args.get(key) for key in ("catalog", "db", "this"))
        if isinstance(part, exp.Identifier) and "start" in part.meta
    ]
    if not spots:
        return (-1, -1)
    return spots[0]["start"], spots[-1]["end"] + 1


def _refuse_bare_file(table: exp.Table, ctes: set[str], locate: Callable[[int], Location]) -> None:
    start, _ = _extent(table)
    if not table.name or start < 0 or (not table.db and table.name.lower() in ctes):
        return
    shown = ".".join(part for part in (table.catalog, table.db, table.name) if part)
    raise ModelError(
        f"`{shown}` is read without `ref()` or `source()`",
        at=locate(start),
        hint="swathe must know what a model reads: write {{ ref('…') }} for a model, "
        "{{ source('…', '…') }} for a table or file declared in YAML",
    )


def _refuse_readers(tree: exp.Query, text: str, locate: Callable[[int], Location]) -> None:
    for table in tree.find_all(exp.Table):
        function = table.this
        if not isinstance(function, exp.Func):
            continue
        name = function.name if isinstance(function, exp.Anonymous) else function.sql_name().lower()
        if _READERS.fullmatch(name):
            found = re.search(rf"\b{name}\b", text, re.IGNORECASE)
            raise ModelError(
                f"`{name}` reads what swathe can't watch",
                at=locate(found.start() if found else 0),
                hint="declare the files as a source with `location:` in YAML, and read {{ source('…', '…') }}",
            )


def _refuse_writers(tree: exp.Query, tokens: Sequence[Token], locate: Callable[[int], Location]) -> None:
    """A query may not change, make or lock anything: it is asked as often as swathe likes, and also only to look."""
    nodes = list(tree.find_all(exp.CTE, exp.Into, exp.Select))
    for cte in nodes:
        if not isinstance(cte, exp.CTE) or not isinstance(cte.this, exp.DML):
            continue
        name = cte.args["alias"].this
        raise ModelError(
            f"`{cte.alias}` changes rows ({cte.this.key.upper()}), and a model only reads",
            at=locate(name.meta.get("start", 0)),
            hint="select the rows here, and leave the writing to swathe",
        )
    for into in nodes:
        if not isinstance(into, exp.Into):
            continue
        raise ModelError(
            "INTO makes a table, and a model only reads",
            at=locate(into.this.this.meta.get("start", 0)),
            hint="leave it out: swathe makes the model's table",
        )
    if any(isinstance(node, exp.Select) and node.args.get("locks") for node in nodes):
        words = [token.text.upper() for token in tokens]
        starts = (at for at, pair in enumerate(pairwise(words)) if pair[0] == "FOR" and pair[1] in _LOCKS)
        raise ModelError(
            "rows are locked here, and a model only reads",
            at=locate(next((tokens[at].start for at in starts), 0)),
            hint="leave out `FOR UPDATE` and its like",
        )


_LOCKS = frozenset({"UPDATE", "SHARE", "NO", "KEY"})


def _qualifier_edits(tree: exp.Query, aliases: Mapping[tuple[str, str], str], dialect: str) -> list[_Edit]:
    """`"schema"."table".column` must name the alias once the table has become a subquery."""
    edits = []
    for column in tree.find_all(exp.Column):
        alias = aliases.get((column.db, column.table))
        table, schema = column.args.get("table"), column.args.get("db")
        if alias is None or table is None or schema is None:
            continue
        edits.append(
            _Edit(
                schema.meta["start"],
                table.meta["end"] + 1,
                exp.to_identifier(alias, quoted=True).sql(dialect=dialect),
            )
        )
        column.set("db", None)
        table.replace(exp.to_identifier(alias, quoted=True))
    return edits


def _marker_edits(text: str, tokens: list[Token]) -> list[_Edit]:
    bare = {
        token.start: token.end + 1
        for token in tokens
        if PARTITION_MARKER.fullmatch(token.text) and token.token_type != TokenType.STRING
    }
    edits = []
    for found in PARTITION_MARKER.finditer(text):
        field = PartitionField(found[1])
        quoted = found.start() not in bare
        edits.append(_Edit(found.start(), found.end(), PartitionSlot(field, quoted)))
    return edits


def _lost_literals(tokens: list[Token], tree: exp.Query) -> tuple[LostLiteral, ...]:
    held = Counter(str(literal.this) for literal in tree.find_all(exp.Literal))
    lost = []
    for before, token in pairwise([None, *tokens]):
        if token is None or token.token_type not in (TokenType.STRING, TokenType.NUMBER):
            continue
        amount = _ONE_PART.fullmatch(token.text)
        for candidate in (token.text, amount[1] if amount else None):
            if candidate is not None and held[candidate]:
                held[candidate] -= 1
                break
        else:
            interval = before is not None and before.token_type == TokenType.INTERVAL
            lost.append(LostLiteral(token.text, token.start, interval))
    return tuple(lost)


def _replace_bare_markers(tree: exp.Query) -> None:
    for column in list(tree.find_all(exp.Column)):
        if found := PARTITION_MARKER.fullmatch(column.name):
            column.replace(exp.Anonymous(this=PARTITION_FUNCTION.format(found[1])))


def _segments(text: str, edits: Iterable[_Edit]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start < position:
            continue
        if edit.start > position:
            segments.append(text[position : edit.start])
        segments.append(edit.segment)
        position = edit.end
    if position < len(text):
        segments.append(text[position:])
    return tuple(segments)
