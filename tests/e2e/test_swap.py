"""`overwrite: swap`: leaves are put in the place of leaves, rows and records in one moment, and nothing is left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.cuts import by_day, by_values, errors
from support.leaf_project import SOURCE, LeafProject
from support.postgres import PostgresDatabase
from swathe.errors import ModelError, PlanError, TransientError

QUERY = f"select * from {SOURCE}"
SPAN = {"begin": "2024-01-01", "end": "2024-01-11"}
DAYS: dict[str, Any] = {"partition_by": by_day(), **SPAN}
SWAP = {**DAYS, "overwrite": "swap"}


@pytest.fixture
def project(tmp_path: Path, postgres_database: PostgresDatabase) -> Iterator[LeafProject]:
    with LeafProject.opened(tmp_path / "p", postgres_database) as project:
        project.fill("2024-01-01", "2024-01-10 20:00", "4 hours")
        yield project


def test_every_cut_of_one_column_equals_a_full_refresh(project: LeafProject) -> None:
    cuts: dict[str, tuple[dict[str, Any], int]] = {
        "days": ({"partition_by": by_day()}, 10),
        "nulls": ({"partition_by": by_day(column="null_day", nulls="own")}, 11),
        "hours": ({"partition_by": {"column": "at", "granularity": "hour", "every": 12}}, 20),
        "zone": ({"partition_by": {"column": "seen", "granularity": "day", "timezone": "Asia/Tokyo"},
                  "begin": "2024-01-01", "end": "2024-01-12"}, 11),
        "ids": ({"partition_by": {"column": "id", "range": {"start": 0, "stop": 250, "step": 10}}}, 25),
        "values": ({"partition_by": by_values("region", "a", "b", "c", "d", "e")}, 5),
        "rest": ({"partition_by": by_values("region", "a", "b", rest=True)}, 3),
        "flags": ({"partition_by": by_values("flag", True, False, nulls="own")}, 3),
    }  # fmt: skip
    query = f"select *, nullif(day, '2024-01-03') as null_day from {SOURCE}"
    for name, (config, _) in cuts.items():
        span = {} if "values" in config["partition_by"] or name == "ids" else SPAN
        project.write_model(name, query, **{**span, **config}, overwrite="swap")
    for number in range(3):
        project.query("update raw.events set amount = amount + 1 where id %% 24 <> %s returning 1", [4 * number])
        project.query("delete from raw.events where id = %s returning 1", [number * 40])
        project.build(workers=2)
        truth = project.rows("(select *, nullif(day, '2024-01-03') from raw.events) e")
        for name, (_, leaves) in cuts.items():
            assert project.rows(f"mart.{name}") == truth, name
            assert len(project.leaves(name)) == leaves, name
            assert sum(project.records(name).values()) == len(truth), name
    assert not [name for name in project.tables() if name.startswith("swathe_")]
    assert project.build() == 0


def test_a_clock_that_was_set_back_over_midnight_is_right(project: LeafProject) -> None:
    """Two days lie in each other's leaves there, so they are overwritten by DELETE and INSERT."""
    project.fill("2010-11-05", "2010-11-10", "20 minutes")
    cut = {"column": "seen", "granularity": "day", "timezone": "America/St_Johns"}
    project.write_model(
        "m", QUERY, partition_by=cut, begin="2010-11-04", end="2010-11-11", overwrite="swap", batch_size=1
    )
    for _ in range(2):
        project.build(full=True)
        inside = "(select * from raw.events where day < '2011-01-01') e"
        assert project.rows("mart.m") == project.rows(inside)
        assert sum(project.records("m").values()) == len(project.rows(inside))


def test_what_the_old_leaf_had_the_new_one_has(project: LeafProject) -> None:
    project.write_model("m", QUERY, **SWAP)
    project.build()
    leaf = "mart.m__2024_01_04"
    project.connection.execute("create index by_region on mart.m (region); create index on mart.m__2024_01_04 (id)")
    project.connection.execute("comment on column mart.m__2024_01_04.region is 'where'")
    project.connection.execute("alter table mart.m__2024_01_04 add constraint positive check (id >= 0)")
    project.build(full=True)
    ((indexes, comment, checks, valid),) = project.query(
        "select (select count(*) from pg_index where indrelid = c.oid), "
        "(select d.description from pg_description d join pg_attribute a on a.attrelid = d.objoid "
        " and a.attnum = d.objsubid where d.objoid = c.oid and a.attname = 'region'), "
        "(select array_agg(conname) from pg_constraint where conrelid = c.oid and contype = 'c'), "
        "(select indisvalid from pg_index where indexrelid = 'mart.by_region'::regclass) "
        "from pg_class c where c.oid = %s::regclass",
        [leaf],
    )
    assert (indexes, comment, checks, valid) == (2, "where", ["positive"], True)


def test_rows_outside_a_partition_are_counted_and_not_written(project: LeafProject) -> None:
    sql = f"select * from {SOURCE} where day between {{{{ partition.start }}}} and {{{{ partition.end }}}}"
    project.write_model("m", sql, **SWAP)
    project.build()
    assert project.rows("mart.m") == project.rows("raw.events")
    assert project.query("select sum(rows_outside)::integer from swathe_state.attempts") == [(9 * 6,)]


def test_bad_rows_are_not_exchanged(project: LeafProject) -> None:
    """They are audited where they are, beside the table."""
    audits = [{"expression_is_true": {"expression": "amount < 9"}}, {"unique": "id"}]
    project.write_model("m", QUERY, audits=audits, **SWAP)
    project.connection.execute("update raw.events set amount = extract(day from day)")
    failed = errors(project.backfill())["m"]
    assert len(failed) == 2
    assert all("expression_is_true" in error for error in failed)
    truth = "select * from raw.events where amount < 9"
    assert project.query(f"(table mart.m except all {truth}) union all ({truth} except all table mart.m)") == []
    assert not [name for name in project.tables() if name.startswith("swathe_")]


def test_a_model_may_read_its_own_table_and_swap_it(project: LeafProject) -> None:
    sql = (
        f"select e.day, count(*) + coalesce(max(t.n), 0) as n from {SOURCE} e "
        "left join {{ this }} t on cast(t.day as date) = e.day - 1 group by e.day"
    )
    project.write_model("m", sql, **SWAP)
    project.build()
    assert [n for _, n in sorted(project.rows("mart.m"))] == [6 * (day + 1) for day in range(10)]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"partition_by": [by_day(), by_values("region", "a", "b", "c", "d", "e")], **SPAN}, "cut by several columns"),
        ({"partition_by": {"column": "region", "query": f"select distinct region from {SOURCE}"}}, "values of a list"),
        ({"materialized": "table"}, "no meaning for a `table` model"),
        ({"overwrite": "swop", **DAYS}, "`overwrite` can't be `swop`"),
        ({"audits": [{"unique": {"column": "id", "within": "table"}}], **DAYS}, "looks at the whole table"),
    ],
)
def test_swap_is_refused_where_not_every_partition_is_a_leaf(
    project: LeafProject, config: dict[str, Any], words: str
) -> None:
    project.write_model("m", QUERY, **{"overwrite": "swap", **config})
    with pytest.raises(ModelError, match=words) as error:
        project.plan()
    assert str(error.value.at).startswith("models/m.sql:1:")
    assert error.value.hint


def test_a_table_whose_leaves_do_not_fit_is_refused_until_it_is_made_anew(project: LeafProject) -> None:
    months = {"partition_by": {"column": "day", "granularity": "month"}, "begin": "2024-01-01", "end": "2024-02-01"}
    project.write_model("m", QUERY, **months)
    project.build()
    project.write_model("m", QUERY, **{**DAYS, "end": "2024-02-01"})
    project.build()
    project.write_model("m", QUERY, **{**SWAP, "end": "2024-02-01"})
    project.connection.execute("update raw.events set amount = 1")
    with pytest.raises(PlanError, match="can't be swapped: its leaf `m__2024_01` is not one partition") as error:
        project.plan()
    assert "--full" in (error.value.hint or "")
    project.build(full=True)
    assert project.rows("mart.m") == project.rows("raw.events")
    assert len(project.leaves("m")) == 31


def test_a_plain_table_is_refused_until_it_is_made_anew(project: LeafProject) -> None:
    project.connection.execute("create schema mart; create table mart.m (like raw.events)")
    project.write_model("m", QUERY, **SWAP)
    with pytest.raises(PlanError, match="it is in one piece, without leaves"):
        project.plan()
    project.build(full=True)
    assert project.rows("mart.m") == project.rows("raw.events")


class Reader:
    """Asks again and again, in a connection of its own, and keeps every answer that it was given."""

    def __init__(self, database: PostgresDatabase, sql: str) -> None:
        self.answers: set[Any] = set()
        self._database, self._sql = database, sql
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        with self._database.connect() as connection:
            while not self._done.is_set():
                self.answers.update(connection.execute(self._sql).fetchall())


@pytest.mark.parametrize("overwrite", ["delete_insert", "swap"])
def test_a_reader_never_sees_a_part_of_a_partition(project: LeafProject, overwrite: str) -> None:
    project.write_model("m", QUERY, **DAYS, overwrite=overwrite)
    project.connection.execute("update raw.events set amount = 0")
    project.build()
    with Reader(project.database, "select day, count(*), min(amount), max(amount) from mart.m group by day") as reader:
        for number in range(1, 5):
            project.query("update raw.events set amount = %s returning 1", [number])
            project.build(workers=2)
    assert len(reader.answers) >= 10
    assert {(count, least == most) for _, count, least, most in reader.answers} == {(6, True)}


def test_a_reader_that_stays_in_its_transaction_is_waited_for(project: LeafProject) -> None:
    project.write_model("m", QUERY, **SWAP)
    project.build()
    project.connection.execute("update raw.events set amount = 5")
    with project.database.connect() as idle, project.database.connect() as other:
        idle.execute("begin")
        idle.execute("select * from mart.m")
        waits: list[float] = []

        def read() -> None:
            for _ in range(20):
                start = time.monotonic()
                other.execute("select count(*) from mart.m")
                waits.append(time.monotonic() - start)
                time.sleep(0.05)
            idle.execute("commit")

        reading = threading.Thread(target=read)
        reading.start()
        project.build()
        reading.join()
    assert project.rows("mart.m") == project.rows("raw.events")
    assert max(waits) < 2  # a moment for each try
    assert project.query("select distinct attempt from swathe_state.attempts") == [(1,)]


def test_a_table_that_is_never_free_fails_the_batch_and_changes_nothing(
    project: LeafProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    from swathe.engine.postgres import session

    project.write_model("m", QUERY, **SWAP)
    project.build()
    before = project.rows("mart.m")
    monkeypatch.setattr(session, "EXCHANGE_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("swathe.run.patience.TRIES", 1)
    project.connection.execute("update raw.events set amount = 5")
    with project.database.connect() as idle:
        idle.execute("begin")
        idle.execute("select * from mart.m")
        failed = errors(project.backfill(workers=2))
        idle.execute("commit")
    assert "a transaction of somebody else holds the table" in failed["m"][0]
    assert project.rows("mart.m") == before
    assert not [name for name in project.tables() if name.startswith("swathe_")]
    project.build()
    assert project.rows("mart.m") == project.rows("raw.events")


def test_a_kill_during_a_swap_leaves_rows_and_records_equal(project: LeafProject) -> None:
    """Killed while it waits for the table: after the rows and the records were written, before the exchange."""
    project.write_model("m", QUERY, **SWAP)
    project.build()
    before = project.rows("mart.m")
    project.connection.execute("update raw.events set amount = 5 where day > '2024-01-05'")
    project.connection.execute("delete from raw.events where id in (0, 100, 200)")
    with project.database.connect() as idle:
        idle.execute("begin")
        idle.execute("select * from mart.m")
        process = subprocess.Popen(
            [sys.executable, "-m", "swathe", "backfill", "--yes", "--now", "2024-06-01"],
            cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ,
        )  # fmt: skip
        _until(lambda: bool(project.query(
            "select 1 from pg_stat_activity where datname = current_database() and query like '%DETACH PARTITION%' "
            "and wait_event_type = 'Lock' and application_name = 'swathe'"
        )))  # fmt: skip
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
        idle.execute("commit")
    _until(lambda: not project.query(
        "select 1 from pg_stat_activity where datname = current_database() and application_name = 'swathe'"
    ))  # fmt: skip
    assert project.rows("mart.m") == before
    assert sum(project.records("m").values()) == len(before)
    assert not [name for name in project.tables() if name.startswith("swathe_")]
    project.connection.execute("delete from swathe_state.claims")
    project.build()
    assert project.rows("mart.m") == project.rows("raw.events")
    assert sum(project.records("m").values()) == len(project.rows("raw.events"))


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_of_a_transaction_is_lost_by_an_exchange_that_was_tried_again(project: LeafProject) -> None:
    from swathe.engine.connection import ConnectionSpec
    from swathe.engine.registry import open_engine

    project.connection.execute("create table a (n integer); create table b (n integer)")
    engine = open_engine(ConnectionSpec("postgres", project.database.keywords, project.root), read_only=False)
    session = engine.session()
    with project.database.connect() as idle:
        idle.execute("begin")
        idle.execute("select * from b")
        timer = threading.Timer(0.8, lambda: idle.execute("commit"))
        timer.start()
        with session.transaction():
            session.execute("insert into a values (1)")
            session.exchange(["insert into a values (2)", "alter table b add column m integer"])
        timer.join()
    assert project.query("select n from a order by n") == [(1,), (2,)]
    killed = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'swathe'"

    def lost_before_the_exchange() -> None:
        with session.transaction():
            project.connection.execute(killed)
            session.exchange(["insert into a values (3)"])

    with pytest.raises(TransientError):
        lost_before_the_exchange()
    engine.close()
