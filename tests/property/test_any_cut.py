"""However tables are cut: what is called current equals the same slice of the whole query, whatever happened before."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from support.any_cut import (
    COLUMNS,
    DAYS,
    DOMAIN,
    KEYS,
    Cut,
    Model,
    mended,
    random_chain,
    random_row,
    relisted,
    reworded,
)
from support.cuts import SOURCE, CutProject, Row, by_day, errors
from support.miniature import all_work, verdicts
from support.settled import assert_told_alike
from swathe.api.keys import KeyRange
from swathe.api.plan import Planned
from swathe.engine.duckdb.session import DuckDBSession
from swathe.errors import SelectionError

DEEP = bool(os.environ.get("SWATHE_DEEP_TESTS"))
HISTORIES, STEPS = (300, 14) if DEEP else (5, 6)

DUE = {"missing", "failed", "stale-logic", "stale-input"}

BY_REGION = {"column": "region", "values": "all"}
SOURCES: tuple[tuple[dict[str, Any], ...], ...] = (
    (),
    (by_day(), BY_REGION),
    (by_day(), BY_REGION),
    (BY_REGION, {"column": "kind", "values": "all"}),
    ({"column": "id", "range": {"step": 5}}, {"column": "flag", "values": "all"}),
)


class Stopped(BaseException):
    """The process is gone: nothing runs any more."""


@contextmanager
def stopped_after(statements: int) -> Iterator[None]:
    run, left = DuckDBSession._run, [statements]

    def dying(self: DuckDBSession, sql: str, parameters: Any) -> duckdb.DuckDBPyConnection:
        left[0] -= 1
        if left[0] < 0:
            raise Stopped
        return run(self, sql, parameters)

    with pytest.MonkeyPatch.context() as patch, suppress(Stopped):
        patch.setattr(DuckDBSession, "_run", dying)
        yield


class History:
    """What people and machines do to one project."""

    def __init__(self, random: Random, root: Path, told: list[str]) -> None:
        self.random = random
        self.rows = [random_row(self.random) for _ in range(self.random.randrange(5, 45))]
        self.models = {model.name: model for model in random_chain(self.random)}
        self.project = CutProject.create(root, partition_by=self.random.choice(SOURCES), columns=COLUMNS)
        self.told = told
        self.written: list[Model] = []
        self.project.write_rows(self.rows)
        for model in self.models.values():
            self.write(model)

    def write(self, model: Model) -> None:
        self.models[model.name] = model
        self.written.append(model)
        self.project.write_model(model.name, model.template, **model.settings)
        self.told.append(f"{model.name} {model.settings}: {model.template}")

    def step(self) -> None:
        steps = (
            (5, self.change_rows), (2, self.edit_logic), (3, self.edit_list), (1, self.change_back), (1, self.mend),
            (2, self.there_and_back), (1, self.invalidate), (3, self.backfill_some), (1, self.stop_inside), (1, self.wipe), (4, self.backfill_all),
        )  # fmt: skip
        step = self.random.choices([step for _, step in steps], [weight for weight, _ in steps])[0]
        self.told.append(step.__name__)
        step()

    def change_rows(self) -> None:
        for _ in range(self.random.randrange(1, 5)):
            match self.random.choice(("late", "late", "gone", "changed", "vanished")):
                case "gone" if self.rows:
                    self.rows.pop(self.random.randrange(len(self.rows)))
                case "changed" if self.rows:
                    number, place = self.random.randrange(len(self.rows)), self.random.randrange(len(COLUMNS))
                    row = list(self.rows[number])
                    row[place] = random_row(self.random)[place]
                    self.rows[number] = tuple(row)
                case "vanished":
                    column = self.random.choice(("day", "region", "kind", "flag"))
                    gone = self.random.choice(DOMAIN.get(column, DAYS))
                    place = list(COLUMNS).index(column)
                    self.rows = [row for row in self.rows if row[place] != gone]
                case _:
                    self.rows.append(random_row(self.random))
        self.told.append(f"rows {self.rows}")
        self.project.write_rows(self.rows)

    def edit_logic(self) -> None:
        self.write(reworded(self.any_model(), self.random))

    def edit_list(self) -> None:
        self.write(relisted(self.any_model(), self.random))

    def change_back(self) -> None:
        name = self.any_model().name
        before = self.random.choice([model for model in self.written if model.name == name])
        self.write(replace(before, lists_changed=self.models[name].lists_changed or before.lists_changed))

    def there_and_back(self) -> None:
        name = self.any_model().name
        before = self.models[name]
        other = relisted(before, self.random)
        self.write(reworded(other, self.random) if self.random.random() < 0.7 else other)
        added = [
            f"{cut.column}={cut.key(value)}"
            for cut, former in zip(other.cuts, before.cuts, strict=True)
            for value in cut.values
            if value not in former.values
        ]
        with suppress(SelectionError):
            self.backfill(name, keys=KeyRange(keys=tuple(added)) if self.random.random() < 0.6 else None)
        if self.random.random() < 0.2:
            self.wipe()
        self.write(replace(before, lists_changed=True))
        self.backfill_all()

    def mend(self) -> None:
        for model in list(self.models.values()):
            self.write(mended(model))

    def invalidate(self) -> None:
        name = self.any_model().name
        with suppress(SelectionError):
            self.project.invalidate(name, keys=self.any_keys(name))

    def wipe(self) -> None:
        name = self.any_model().name
        with suppress(SelectionError):
            self.project.wipe(name, keys=self.any_keys(name))
        self.check()

    def backfill_some(self) -> None:
        name = self.any_model().name
        keys = KeyRange(keys=tuple(self.any_keys(name)))
        if self.random.random() < 0.3:
            first, last = sorted(self.random.choices(DAYS, k=2))
            keys = KeyRange(first=str(first), last=str(last))
        self.told.append(f"{name} {keys}")
        with suppress(SelectionError):
            self.backfill(self.random.choice(("", "+")) + name, keys=keys)
        self.check()

    def stop_inside(self) -> None:
        with stopped_after(self.random.randrange(150)):
            self.project.backfill(workers=self.random.choice((1, 3)))
        self.check()

    def backfill_all(self) -> None:
        failed = self.backfill()
        planned = self.check()
        if not failed:
            assert all_work(planned) == {}
            assert not [
                key for name in self.models for key, verdict in verdicts(planned, name).items() if verdict in DUE
            ]
            self.no_row_is_lost({name: list(verdicts(planned, name)) for name in self.models})

    def no_row_is_lost(self, keys: dict[str, list[str]]) -> None:
        """Among these partitions along the line, no row of a query has no partition.

        Not where a list was changed: a value that was taken off it is shown as retired.
        """
        if {"edit_list", "there_and_back"} & set(self.told):
            return
        with self.project.opened() as ask:
            warehouse = Warehouse(self, ask)
            for name, declared in self.models.items():
                model = warehouse.resolved(declared)
                lost = [
                    row for row in warehouse.whole(model) or () if model.stray(row) and model.is_among(row, keys[name])
                ]
                assert not lost, f"{name} passes over {lost}"

    def backfill(self, *select: str, keys: KeyRange | None = None) -> bool:
        """Whether anything failed."""
        with self.project.opened() as ask:
            before = Warehouse(self, ask).tables()
        done = self.project.backfill(
            *select, keys=keys, workers=self.random.choice((1, 1, 3)), newest_first=self.random.random() < 0.3
        )
        said, built = errors(done), self.project.built(done)
        with self.project.opened() as ask:
            warehouse = Warehouse(self, ask)
            tables = warehouse.tables()
            for name, declared in self.models.items():
                model = warehouse.resolved(declared)
                strays = [row for row in warehouse.whole(model) or () if model.stray(row)]
                if name in said:
                    assert strays, (name, said[name])
                    assert all("(NULL)" in text or "that has no partition" in text for text in said[name]), said[name]
                    assert name in built or tables.get(name) == before.get(name), f"{name} was written"
                elif name in built:
                    lost = [row for row in strays if model.is_among(row, built[name])]
                    assert not lost, f"{name} lost {lost} and did not say so"
        return bool(said) or (done.outcome is not None and done.outcome.failed > 0)

    def any_model(self) -> Model:
        return self.random.choice(list(self.models.values()))

    def any_keys(self, name: str) -> list[str]:
        keys = list(self.project.records(name)) if self.has_records else []
        if keys and self.random.random() < 0.7:
            some = self.random.sample(keys, k=min(len(keys), self.random.randrange(1, 4)))
            some = [self.random.choice(some[0].split("/"))] if self.random.random() < 0.3 else some
        else:
            some = [
                self.random.choice(
                    ("2024-01-31", "2024-02", "region=eu", "kind=-3", "flag=true", "20", "region=__else__")
                )
            ]
        self.told.append(f"{name} {some}")
        return some

    @property
    def has_records(self) -> bool:
        return bool(self.project.query("select 1 from duckdb_tables() where table_name = 'partitions'"))

    def check(self) -> Planned:
        assert_told_alike(self.project.options)
        planned = self.project.plan()
        with self.project.opened() as ask:
            Warehouse(self, ask).check({name: verdicts(planned, name) for name in self.models})
        return planned


class Warehouse:
    """The tables as they are, asked without swathe."""

    def __init__(self, history: History, ask: Callable[[str], list[Row]]) -> None:
        self.models = history.models
        self.folder = history.project.root
        self.ask = ask

    def tables(self) -> dict[str, Counter[Row]]:
        there = {name for (name,) in self.ask("select table_name from duckdb_tables()")}
        return {name: Counter(self.ask(f"select * from main.{name}")) for name in self.models if name in there}

    def whole(self, model: Model) -> list[Row] | None:
        """All rows of a model's query over what it reads as that is now; None while that is not there."""
        return self._all_of(f"select {model.listed} from ({model.sql(self._relation)}) as x")

    def resolved(self, model: Model) -> Model:
        """With the values that its queries find in the tables as they are."""
        cuts = list(model.cuts)
        for number, cut in enumerate(cuts):
            if cut.way == "values" and cut.query:
                found = self._all_of(cut.query.format(self._relation(cut.of))) or []
                cuts[number] = replace(cut, values=tuple(value for (value,) in found if value is not None))
        return replace(model, cuts=tuple(cuts))

    def check(self, found: Mapping[str, Mapping[str, str]]) -> None:
        for name in self.tables():
            model = self.resolved(self.models[name])
            records = dict(
                self.ask(f"select partition_key, row_count from swathe_state.partitions where model = '{name}'")
            )
            held = model.by_key(self.ask(f"select {model.listed} from main.{name}"))
            current = [key for key, verdict in found[name].items() if verdict == "current"]
            whole = self.whole(model)
            assert whole is not None or not current, name
            should = model.by_key(whole or [])
            for key in current:
                assert held.get(key, Counter()) == should.get(key, Counter()), (name, key)
                assert records[key] == held.get(key, Counter()).total(), (name, key)
            if not model.moves_rows:
                counts = {key: rows.total() for key, rows in held.items()}
                assert counts == {key: count for key, count in records.items() if count}, name

    def _relation(self, name: str) -> str:
        return f"read_parquet('{self.folder}/data/*.parquet')" if name == SOURCE else f"main.{name}"

    def _all_of(self, sql: str) -> list[Row] | None:
        try:
            return self.ask(sql)
        except duckdb.CatalogException:
            return None


def _reported(run: Callable[[Random, Path, list[str]], None], seeds: int) -> None:
    """Each seed in a folder of its own; what fails says how to get it again, and what had happened."""
    first = int(os.environ.get("SWATHE_SEED", Random().randrange(10**9) if DEEP else 0))
    for seed in range(first, first + seeds):
        folder, told = Path(tempfile.mkdtemp(prefix="swathe-")), list[str]()
        try:
            run(Random(seed), folder / "p", told)
        except BaseException as error:
            for line in (*told, f"reproduce it with SWATHE_SEED={seed}"):
                error.add_note(line)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def any_history(random: Random, root: Path, told: list[str], steps: int = STEPS) -> None:
    history = History(random, root, told)
    for _ in range(steps):
        history.step()
    history.mend()
    history.backfill_all()


def test_any_history() -> None:
    _reported(any_history, HISTORIES)


REGIONS = (*DOMAIN["region"], "none has this")
CELLS = [(day, region) for day in DAYS for region in REGIONS]


def passing_through(random: Random, number: int) -> Model:
    """A model cut by day or month and by regions, that gives what it reads."""
    some = tuple(random.sample(DOMAIN["region"], k=random.randrange(1, 4)))
    by_list = Cut("region", "values", some, rest=True) if random.random() < 0.7 else Cut("region", "values", REGIONS)
    cuts = [Cut("day", random.choice(("day", "day", "month"))), by_list][:: random.choice((1, -1))]
    read = random.choice((SOURCE, *(f"m{other}" for other in range(number)))) if number else SOURCE
    kept = cuts if random.random() < 0.6 else [random.choice(cuts)]
    return Model(
        f"m{number}", (read,), KEYS, f"select {', '.join(KEYS)}, {{measure}} as amount from {{0}} as s", tuple(kept)
    )


def exactly_what_changed(random: Random, root: Path, told: list[str]) -> None:
    project = CutProject.create(root, partition_by=[by_day(), BY_REGION], columns=COLUMNS)
    models = [passing_through(random, number) for number in range(3)]
    for model in models:
        project.write_model(model.name, model.template, **model.settings)
        told.append(f"{model.name} {model.settings}: {model.template}")
    rows = [(number, random.choice(DAYS), random.choice(REGIONS[:-1]), 1, True, 0) for number in range(40)]
    project.write_rows(rows)
    project.fill()
    for _ in range(3):
        before = list(rows)
        for number in random.sample(range(len(rows)), k=random.randrange(1, 3)):
            _, day, region, *others = rows[number]
            moved = random.choice(((day, region), (random.choice(DAYS), random.choice(REGIONS[:-1]))))
            rows[number] = (number, *moved, *others[:-1], others[-1] + 1)
        told.append(f"{[(old, new) for old, new in zip(before, rows, strict=True) if old != new]}")
        project.write_rows(rows)
        changed = {SOURCE: {row[1:3] for row in {*before} ^ {*rows}}}
        built = {}
        for model in models:
            read = next((other for other in models if other.name == model.reads[0]), None)
            mine = {cell: model.key((None, *cell, None, None, None)) for cell in CELLS}
            theirs = {cell: read.key((None, *cell, None, None, None)) if read else cell for cell in CELLS}
            built[model.name] = sorted({mine[cell] for cell in CELLS if theirs[cell] in changed[model.reads[0]]})
            changed[model.name] = {model.key(row) for row in {*before} ^ {*rows}}
        assert {name: sorted(keys) for name, keys in project.fill().items()} == built


def test_exactly_what_changed() -> None:
    _reported(exactly_what_changed, 40 if DEEP else 3)
