"""Reads all records, summed up by the warehouse itself: a few rows per model, however many partitions there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from swathe.engine.adapter import Engine, Session
from swathe.model.definition import InputName, ModelName
from swathe.partition.interval import Interval, IntervalSet
from swathe.plan.blocks import BLOCK, Block, Content, ContentBlock, Overview, ReadBlock, Stretch
from swathe.plan.versions import Versions
from swathe.state.column_sets import columns_from_text, columns_to_text
from swathe.state.store import StateStore

_HELD = "row_count > 0"


def start_sql() -> str:
    """The block that a record is in; of negative places, too, the one that begins at or below them."""
    return f"ordinal & {-BLOCK}"


class Overviews:
    """What the metadata schema tells of all records at once. Call inside one snapshot."""

    def __init__(self, engine: Engine, session: Session, store: StateStore) -> None:
        self._engine = engine
        self._session = session
        self._store = store

    def read(self) -> Overview:
        """All models' records."""
        session, store = self._session, self._store
        session.make_room()
        blocks: dict[ModelName, list[Block]] = defaultdict(list)
        for model, unit, part, start, fingerprint, *rest in session.query(
            f"SELECT model, unit, slice, {start_sql()}, fingerprint, COUNT(*), MIN(ordinal), MAX(ordinal), "
            f"CAST(SUM(row_count) AS BIGINT), COUNT(*) FILTER (WHERE {_HELD}), SUM(seconds), "
            "COUNT(*) FILTER (WHERE seconds > 0), MIN(COALESCE(planned_at, built_at)), "
            f"COUNT(invalidated_at), COUNT(frozen_at), COUNT(planned_stop), {self._digest('data_version', _HELD)} "
            f"FROM {store.table('partitions')} GROUP BY 1, 2, 3, 4, 5"
        ):
            blocks[ModelName(model)].append(Block(unit, part, start, fingerprint, *rest))
        reads: dict[ModelName, list[ReadBlock]] = defaultdict(list)
        for model, part, start, name, unit, columns, count, alike, digest in session.query(
            f"SELECT model, slice, {start_sql()}, input, input_unit, columns, COUNT(*), COUNT(*) FILTER ("
            "WHERE first_ordinal = ordinal AND last_ordinal = ordinal AND input_slices = ''), "
            f"{self._digest('version')} FROM {store.table('inputs')} GROUP BY 1, 2, 3, 4, 5, 6"
        ):
            over = columns_from_text(columns)
            entry = ReadBlock(part, start, InputName(name), unit, over, count, alike, digest)
            reads[ModelName(model)].append(entry)
        contents: dict[ModelName, list[ContentBlock]] = defaultdict(list)
        for model, unit, part, start, columns, count, digest in session.query(
            f"SELECT model, unit, slice, {start_sql()}, columns, COUNT(*), {self._digest('version')} "
            f"FROM {store.table('column_versions')} GROUP BY 1, 2, 3, 4, 5"
        ):
            over = columns_from_text(columns) or frozenset()
            contents[ModelName(model)].append(ContentBlock(unit, part, start, over, Content(digest, count)))
        return Overview(_tuples(blocks), _tuples(reads), _tuples(contents))

    def contents(
        self, wanted: Iterable[Stretch], units: Mapping[InputName, str], sources: Mapping[InputName, Versions]
    ) -> dict[Stretch, Content]:
        """What inputs hold in parts of their lines; `units` are those of models. Without what is not known of each
        partition that holds rows.
        """
        found: dict[Stretch, Content] = {}
        of_models: list[Stretch] = []
        of_sources: dict[tuple[InputName, frozenset[str] | None], list[Stretch]] = defaultdict(list)
        for stretch in wanted:
            if stretch.input in units:
                of_models.append(stretch)
            else:
                of_sources[stretch.input, stretch.columns].append(stretch)
        found |= self._of_models(of_models, units)
        for (name, columns), stretches in of_sources.items():
            known = sources[name].over(columns)
            if known is not None:
                found |= self._of_source(known, stretches)
        return found

    def _of_models(self, stretches: Sequence[Stretch], units: Mapping[InputName, str]) -> dict[Stretch, Content]:
        whole = self._counted("partitions", "data_version", stretches, units, _HELD)
        over = [(at, stretch) for at, stretch in enumerate(stretches) if stretch.columns is not None]
        measured = self._counted("column_versions", "version", [stretch for _, stretch in over], units, "TRUE")
        found = {stretch: whole[at] for at, stretch in enumerate(stretches) if stretch.columns is None}
        for number, (at, stretch) in enumerate(over):
            if measured[number].count == whole[at].count:
                found[stretch] = measured[number]
        return found

    def _counted(
        self, table: str, version: str, stretches: Sequence[Stretch], units: Mapping[InputName, str], which: str
    ) -> list[Content]:
        found = [Content()] * len(stretches)
        if not stretches:
            return found
        over = "" if table == "partitions" else "AND t.columns = s.columns "
        texts = [columns_to_text(stretch.columns) for stretch in stretches]
        rows = self._session.query(
            f"SELECT s.number, {self._digest(version)}, COUNT(*) FROM ("
            "SELECT UNNEST(CAST(? AS BIGINT[])) AS number, UNNEST(CAST(? AS VARCHAR[])) AS model, "
            "UNNEST(CAST(? AS VARCHAR[])) AS unit, UNNEST(CAST(? AS BIGINT[])) AS first_place, "
            "UNNEST(CAST(? AS BIGINT[])) AS last_place, UNNEST(CAST(? AS VARCHAR[])) AS columns) AS s "
            f"JOIN {self._store.table(table)} AS t ON t.model = s.model AND t.unit = s.unit AND t.slice = '' {over}"
            f"AND t.ordinal BETWEEN s.first_place AND s.last_place WHERE {which} GROUP BY s.number",
            [
                list(range(len(stretches))),
                [str(stretch.input) for stretch in stretches],
                [units[stretch.input] for stretch in stretches],
                [stretch.lines.start for stretch in stretches],
                [stretch.lines.last for stretch in stretches],
                [None if table == "partitions" else text for text in texts],
            ],
        )
        for number, digest, count in rows:
            found[number] = Content(digest, count)
        return found

    def _of_source(self, known: Versions, stretches: Sequence[Stretch]) -> dict[Stretch, Content]:
        """The engine's own digest of what is known here."""
        hull = Interval(min(each.lines.start for each in stretches), max(each.lines.end for each in stretches))
        pairs = known.pairs(IntervalSet.of(hull))
        rows = self._session.query(
            f"SELECT s.number, {self._digest('t.version')}, COUNT(*) FROM ("
            "SELECT UNNEST(CAST(? AS BIGINT[])) AS number, UNNEST(CAST(? AS BIGINT[])) AS first_place, "
            "UNNEST(CAST(? AS BIGINT[])) AS last_place) AS s JOIN (SELECT UNNEST(CAST(? AS BIGINT[])) AS ordinal, "
            "UNNEST(CAST(? AS BIGINT[])) AS version) AS t ON t.ordinal BETWEEN s.first_place AND s.last_place "
            "GROUP BY s.number",
            [
                list(range(len(stretches))),
                [stretch.lines.start for stretch in stretches],
                [stretch.lines.last for stretch in stretches],
                [ordinal for ordinal, _ in pairs],
                [version for _, version in pairs],
            ],
        )
        found = dict.fromkeys(stretches, Content())
        for number, digest, count in rows:
            found[stretches[number]] = Content(digest, count)
        return found

    def _digest(self, version: str, which: str = "TRUE") -> str:
        mixed = self._engine.mixed_sql("ordinal", version)
        return f"COALESCE(BIT_XOR({mixed}) FILTER (WHERE {version} <> 0 AND {which}), 0)"


def _tuples(found: Mapping[ModelName, list[Any]]) -> dict[ModelName, tuple[Any, ...]]:
    return {name: tuple(rows) for name, rows in found.items()}
