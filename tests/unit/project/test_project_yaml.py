"""Sources and model properties in YAML."""

from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swathe.errors import Location, ModelError, ProjectError
from swathe.model.audit import AcceptedValues, NotNull, RowCount, Severity, Unique
from swathe.model.definition import (
    InputName,
    PartitionBy,
    RangeColumn,
    Relation,
    Source,
    TimeColumn,
    ValuesColumn,
    Watch,
    WatchKind,
)
from swathe.partition.granularity import Granularity
from swathe.project.files import ProjectFile
from swathe.project.yaml_files import Definitions, read_definitions


def read(*texts: str) -> Definitions:
    files = [ProjectFile(f"models/{n}.yml", dedent(text)) for n, text in enumerate(texts)]
    return read_definitions(files)


def refuse(*texts: str) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        read(*texts)
    return caught.value


def table(text: str = "", source: str = "") -> Source:
    """The table `raw.t` with more keys, and more keys of its source."""
    return next(iter(read(yaml(text, source)).sources.values()))


def yaml(text: str, source: str = "") -> str:
    return f"sources:\n- name: raw\n  {source}\n  tables:\n  - name: t\n    {text}\n"


def test_no_definitions() -> None:
    assert read("", "# nothing\n", "version: 2\nmodels:\nsources:\n") == Definitions({}, {})


def test_a_source_with_defaults() -> None:
    assert table() == Source(
        name=InputName("raw.t"),
        relation=Relation("raw", "t"),
        watch=Watch(WatchKind.COUNT),
        at=Location("models/0.yml", 5, 5),
    )


def test_a_source_with_everything() -> None:
    sources = read("""
        version: 2
        sources:
          - name: raw
            schema: landing
            description: from the lake
            loaded_at_field: loaded_at
            freshness: {warn_after: {count: 1, period: day}}
            tables:
              - name: flights
                identifier: flights_v2
                description: one row a flight
                location: data/flights/*.parquet
                event_time: flight_date
                partition_by: {granularity: month, timezone: Europe/Berlin}
                watch: max(loaded_at)
                columns: [{name: flight_date, tests: [not_null]}]
                meta: {owner: me}
              - name: planes
        """).sources
    assert list(sources) == ["raw.flights", "raw.planes"]
    flights = next(iter(sources.values()))
    assert flights == Source(
        name=InputName("raw.flights"),
        relation=Relation("landing", "flights_v2"),
        watch=Watch(WatchKind.AGGREGATE, "max(loaded_at)"),
        at=Location("models/0.yml", 10, 9),
        location="data/flights/*.parquet",
        partition_by=PartitionBy((TimeColumn("flight_date", Granularity.MONTH, "Europe/Berlin"),)),
        description="one row a flight",
    )


@pytest.mark.parametrize(
    "location",
    ["a.parquet", "data/*.csv", "data/**/x.csv.gz", "/abs/x.json", "x.jsonl.gz", "v1.2/x.ndjson",
     "s3://bucket/key/*.parquet", "https://host/x.csv?token=a.b"],
)  # fmt: skip
def test_locations(location: str) -> None:
    source = table(f"location: {location}")
    assert source.location == location
    assert source.watch == Watch(WatchKind.CHECKSUM)


@pytest.mark.parametrize("location", ["data/*", "data", "x.txt", "x.gz", "x.parquet.gz", "x.csv.zip", "data/.csv/x"])
def test_a_location_says_what_the_files_are(location: str) -> None:
    error = refuse(yaml(f"location: {location}"))
    assert error.message == f"`location` `{location}` does not say what the files are"
    assert error.at == Location("models/0.yml", 6, 15)


@pytest.mark.parametrize(
    ("text", "watch"),
    [
        ("watch:", Watch(WatchKind.NONE)),
        ("watch: null", Watch(WatchKind.NONE)),
        ("watch: false", Watch(WatchKind.NONE)),
        ("watch: none", Watch(WatchKind.NONE)),
        ("watch: None", Watch(WatchKind.NONE)),
        ("watch: checksum", Watch(WatchKind.CHECKSUM)),
        ("watch: COUNT( * )", Watch(WatchKind.COUNT)),
        ("watch: max(loaded_at)", Watch(WatchKind.AGGREGATE, "max(loaded_at)")),
    ],
)
def test_watch(text: str, watch: Watch) -> None:
    assert table(text).watch == watch
    assert table(f"location: x.csv\n    {text}").watch == watch


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("event_time: d", ""),
        ("config: {event_time: d}", ""),
        ("", "config: {event_time: d}"),
        ("event_time: d", "config: {event_time: other}"),
        ("partition_by: {column: d, granularity: day}", ""),
    ],
)
def test_event_time_is_cut_by_day(text: str, source: str) -> None:
    assert table(text, source).partition_by == PartitionBy((TimeColumn("d", Granularity.DAY),))


def test_event_time_and_partition_by_agree() -> None:
    error = refuse(yaml("event_time: d\n    partition_by: {column: e, granularity: day}"))
    assert error.message == "`partition_by` is on `e` but `event_time` is `d`"
    assert error.at == Location("models/0.yml", 7, 19)


def test_a_source_may_be_cut_by_several_columns() -> None:
    columns = "[{granularity: day}, {column: origin, values: all}]"
    for event_time in ("event_time: d", "config: {event_time: d}"):
        by = table(f"{event_time}\n    partition_by: {columns}").partition_by
        assert by == PartitionBy((TimeColumn("d", Granularity.DAY), ValuesColumn("origin")))
    by = table("partition_by: {column: block, range: {step: 1000}}").partition_by
    assert by == PartitionBy((RangeColumn("block", 0, 1000),))


def test_event_time_needs_a_column_of_time_where_both_are_said_of_one_table() -> None:
    by = "partition_by: {column: origin, values: all}"
    assert table(by, "config: {event_time: d}").partition_by == PartitionBy((ValuesColumn("origin"),))
    for event_time in ("event_time: d", "config: {event_time: d}"):
        error = refuse(yaml(f"{event_time}\n    {by}"))
        assert error.message == "`event_time` is `d`, but `partition_by` has no column of time"
        assert error.at == Location("models/0.yml", 7, 19)
        assert error.hint == "cut `d` by `granularity`, or leave `event_time` out"


def test_values_of_a_source_are_not_listed() -> None:
    error = refuse(yaml("partition_by: {column: origin, values: [EWR]}"))
    assert error.message == "`values` of `origin` can't be listed in a source"
    assert error.at == Location("models/0.yml", 6, 19)
    assert error.hint == "write `values: all`: each value that is found in a source is watched"


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("sourcs:\n", "unknown key `sourcs` in `models/0.yml`", (1, 1)),
        ("- a\n", "`models/0.yml` must be a mapping, not a list", (1, 1)),
        ("sources: x\n", "`sources` must be a list, not text", (1, 10)),
        ("sources: [x]\n", "a source must be a mapping, not text", (1, 11)),
        ("sources: [{schema: x}]\n", "a source has no `name`", (1, 11)),
        ("sources: [{name: x}]\n", "source `x` has no `tables`", (1, 11)),
        ("sources: [{name: 2024}]\n", "`name` must be text, not a number", (1, 18)),
        ("sources: [{name: x, tables: [{}]}]\n", "a table of source `x` has no `name`", (1, 30)),
        (yaml("identifer: x"), "unknown key `identifer` in a table of a source", (6, 5)),
        (yaml("", "shema: x"), "unknown key `shema` in a source", (3, 3)),
        (yaml("identifier: '{{ var(1) }}'"), "`identifier` holds a template, which is not supported in YAML yet", (6, 17)),
        (yaml("config: {enabled: false}"), "unknown key `enabled` in a source's `config`", (6, 14)),
        (yaml("watch: true"), "`watch` must be text, not a boolean", (6, 12)),
        (yaml("event_time: 3"), "`event_time` must be text, not a number", (6, 17)),
        (yaml("partition_by: {column: d}"), "`partition_by` does not say how `d` is cut", (6, 19)),
        ("models: [{description: x}]\n", "an entry of `models` has no `name`", (1, 10)),
        ("models: [{name: x, colums: []}]\n", "unknown key `colums` in an entry of `models`", (1, 20)),
        ("models: [{name: x, config: 3}]\n", "the `config` of `x` must be a mapping, not a number", (1, 28)),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_where_it_is(text: str, message: str, place: tuple[int, int]) -> None:
    error = refuse(text)
    assert error.message == message
    assert error.at == Location("models/0.yml", *place)


def test_unknown_keys_name_the_nearest() -> None:
    assert refuse("sourcs:\n").hint == "did you mean `sources`?"
    assert refuse(yaml("identifer: x")).hint == "did you mean `identifier`?"


def test_model_properties() -> None:
    properties = read("""
        models:
          - name: daily
            description: Delays a day.
            tags: [nightly]
            meta: {owner: me}
            config:
              begin: 2013-01-01
              tags: [hourly]
            columns:
              - name: d
                tests: [unique]
        """).models
    daily = next(iter(properties.values()))
    assert daily.name == "daily"
    assert daily.description == "Delays a day."
    assert {key: str(value) for key, value in daily.config.items()} == {
        "description": "Delays a day.",
        "tags": "['hourly']",
        "meta": "{'owner': 'me'}",
        "begin": "2013-01-01",
    }
    assert daily.where("begin") == Location("models/0.yml", 8, 7)
    assert daily.where("meta") == Location("models/0.yml", 6, 5)
    assert daily.where("schema") == daily.at == Location("models/0.yml", 3, 5)


def test_anchors_and_merge_keys() -> None:
    models = read("""
        models:
          - name: a
            config: &base {schema: marts, tags: [x]}
          - name: b
            config: {<<: *base, schema: other}
        """).models
    assert [dict(model.config) for model in models.values()] == [
        {"schema": "marts", "tags": ["x"]},
        {"schema": "other", "tags": ["x"]},
    ]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (yaml(""), "sources: [{name: raw, tables: [{name: t}]}]", "table `raw.t` is defined twice"),
        (yaml(""), "sources: [{name: raw, tables: [{name: u}]}]", "source `raw` is defined twice"),
        ("models: [{name: a}]", "models: [{name: a}]", "model `a` is defined twice"),
    ],
)
def test_what_is_defined_twice(first: str, second: str, message: str) -> None:
    error = refuse(first, second)
    assert error.message == message
    assert error.hint is not None
    assert "models/0.yml:" in error.hint
    assert error.at is not None
    assert error.at.path == "models/1.yml"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("models: [1,\n", (2, 1)),
        ("models: a: b\n", (1, 10)),
        ("models:\n\t- a\n", (2, 1)),
        ("models: *nothing\n", (1, 9)),
        ("models: !python/object:os.system x\n", (1, 9)),
        ("models: 2013-02-30\n", (1, 9)),
        ("models: \x01\n", (1, 9)),
        ("models: {{ x }}\n", (1, 10)),
        ("models:\nsources:\nmodels:\n", (3, 1)),
        ("models: &a [*a]\n", (1, 9)),
        ("models:\n---\nmodels:\n", (2, 1)),
        ("models: &a {<<: 3}\n", (1, 17)),
    ],
)
def test_bad_yaml_is_shown_where_it_breaks(text: str, place: tuple[int, int]) -> None:
    error = refuse(text)
    assert error.at == Location("models/0.yml", *place)


def test_a_deeply_nested_file() -> None:
    assert refuse("models: " + "[" * 3000).message == "`models/0.yml` is nested too deeply"


def test_aliases_do_not_multiply() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    text = "models:\n- name: m\n  meta:\n" + "".join(f"    {line}\n" for line in lines)
    assert len(read(text).models) == 1


@given(st.text(alphabet="abc:-{}[]&*!'\" \n#|>%@,?~0_", max_size=40))
def test_any_text_is_either_read_or_an_error(text: str) -> None:
    with suppress(ProjectError):
        assert isinstance(read_definitions([ProjectFile("models/x.yml", text)]), Definitions)


AUDITED = """
models:
  - name: orders
    tests: [unique: id]
    config:
      audits:
        - row_count: {min: 1}
    columns:
      - name: id
        description: its number
        data_tests:
          - not_null:
              config: {severity: warn}
      - name: status
        tests: [accepted_values: {values: [open, 3]}]
      - name: bare
"""


def test_audits_of_a_model_and_its_columns_with_their_places() -> None:
    orders = next(iter(read(AUDITED).models.values()))
    assert [(audit.name, audit.check, audit.at) for audit in orders.audits] == [
        ("unique(id)", Unique(("id",)), Location("models/0.yml", 4, 13)),
        ("row_count", RowCount(1), Location("models/0.yml", 7, 11)),
        ("not_null(id)", NotNull(("id",)), Location("models/0.yml", 12, 13)),
        ("accepted_values(status)", AcceptedValues("status", ("open", 3)), Location("models/0.yml", 15, 17)),
    ]
    assert [audit.severity for audit in orders.audits] == [
        Severity.ERROR, Severity.ERROR, Severity.WARN, Severity.ERROR,
    ]  # fmt: skip
    assert "audits" not in orders.config


def test_a_column_with_audits_has_a_name() -> None:
    error = refuse("models:\n  - name: m\n    columns:\n      - data_tests: [unique]\n")
    assert (error.message, error.at) == ("an entry of `columns` has no `name`", Location("models/0.yml", 4, 9))


def test_what_is_wrong_with_an_audit_is_said_where_it_stands() -> None:
    with pytest.raises(ModelError) as caught:
        read(AUDITED.replace("severity", "severty"))
    assert caught.value.at == Location("models/0.yml", 13, 24)
