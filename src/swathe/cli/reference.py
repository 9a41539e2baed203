"""Writes docs/cli.md from the commands themselves: `python -m swathe.cli.reference docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from swathe.cli.commands import command_line

_HEAD = """\
# The command line

This page is made by `python -m swathe.cli.reference docs/cli.md` from the commands themselves.

Data goes to stdout, progress and messages to stderr. `--output json` writes one object; its keys only ever
grow.

## Exit codes

| code | means |
|---|---|
| 0 | done |
| 1 | some partitions failed or were blocked, and the rest is committed; or audits failed |
| 2 | something you must fix: the message says what, where and how |
| 3 | a bug of swathe's; `--debug` shows the trace |
| 4 | only from `plan --check`: there is work to do |
| 130, 143 | stopped by Ctrl-C or SIGTERM: what was in flight was rolled back, the same command goes on |

## Which models, which partitions

| selection | means |
|---|---|
| `name`, `fct_*` | a model, or all that match |
| `+name`, `name+`, `2+name`, `name+1` | with what it reads, with what reads it, so many steps far |
| `@name` | with all that reads it, and all that those read |
| `tag:nightly`, `path:models/marts` | by tag, by folder or file |
| `a b`, or the option repeated | union |
| `a,tag:x` | intersection |

| key of a partition | of a table cut by |
|---|---|
| `2013-01-31T05`, `2013-01-31`, `2013-W05`, `2013-01`, `2013-Q1`, `2013` | time: all partitions in it |
| `3000` | ranges of numbers: the range that holds it |
| `EWR`, `origin=EWR` | values |
| `flight_date=2013-01-31/origin=EWR` | several columns, in any order: all that fit those named |
| `__null__`, `origin=__null__` | a column with `nulls: own`: the rows with NULL |
| `__else__`, `origin=__else__` | a list with `else: true`: all other values |
| `all` | anything: all partitions |

A key without a column is an error where two columns of a table have it. A key with a column means only tables that are
cut by that column. Without one it also means every table in one piece and every view.

`--from` and `--to` are both included; `--event-time-end` is not, as in dbt. They take times and numbers. `--partition`
may be repeated, and the partitions add up. With a range, keys that name values only narrow it: `--from 2013-01 --to
2013-03 --partition origin=EWR` is EWR in these three months. A range has no partition for NULL in it.

In a key that `swathe` writes, `%` and two hexadecimal digits stand for a byte of what would be misread: `/`, `=`, `%`,
a space at either end. An empty text is `__empty__`. You may write values so or plainly: `--partition 'place=a/b'`.
"""

_JSON = """\
## What `--output json` says

`plan`, and `backfill --dry-run`:

```json
{"project": "…", "target": "dev", "now": "2024-03-01T00:00:00+00:00",
 "models": [{"model": "daily_delays", "fingerprint": "v2:…", "partitions": 12,
   "verdicts": {"current": 353, "missing": 10, "stale-logic": 0, "stale-input": 2, "failed": 0, "frozen": 0,
                "running": 0, "retired": 0},
   "work": [{"from": "2013-12-22", "to": "2013-12-31", "partitions": 10, "reason": "missing", "maybe": false,
             "detail": "never built", "estimated_rows": null, "estimated_seconds": null, "added_columns": []}],
   "blocked": [{"from": "…", "to": "…", "partitions": 1, "by": "flights", "detail": "…"}]}],
 "totals": {"models": 1, "partitions": 12, "statements": 3}}
```

All selected models are listed; `totals.models` counts those with work. `maybe`: judged again, and skipped if
nothing changed, when its turn comes. Estimates are null until a model has been built. `added_columns`, also in the
`ranges` of `status`: those that the logic adds since the partitions were built, where it [changes nothing
else](concepts.md#added-columns).

Every key is one that `--partition` takes for exactly that partition. `from` and `to` differ only in the column of time
or numbers: a range of a table that is cut by values, too, lies in one combination of them, and the next combination has
a range of its own. Only the batches that `runs ID` tells of may span several: of those, `from` and `to` are the first
and the last partition.

`waits_for`, with each model of `plan`, `status`, `compile` and `backfill`: the models that are to be built before a
query can find this one's partitions. Mostly empty.

`warnings`, with each model of `plan` and `compile`: what [gives other rows each
time](models.md#queries-that-give-other-rows-each-time), each with `message`, `path`, `line`, `column` and `hint`. As
text they go to stderr.

`plan --explain`: the same head, `explanation`, `others` (how many more partitions were named) and `others_with_work`.

An explanation has `model`, `partition`, `verdict`, `detail` and these, null or empty where there is nothing to say:

- `plan`, what a plan does: `action` (`built`, `judged-again`, `kept`, `blocked`, `nothing`), `reason`, `detail`, and
  `by`, the model that blocks it.
- `built`, how it came to be what it holds: `at`, `run_id`, `fingerprint`, `rows`, `seconds`, and `reason`: why that run
  wrote it.
- `missing`: `why` (`nothing-built`, `table-gone`, `wiped`, `record-gone`, `other-cut`, `newly-due`, `new-value`,
  `never-built`), `detail`, and `at` and `run_id` of when it was last written or wiped; for `newly-due`, of when the
  model was last built.
- `failed`: `error`, `attempts` since it was last written, `first_at`, `last_at`, and `run_id` of the last one.
- `invalidated` and `frozen`: `reason` and `at`; of what is frozen `by` (`hand`, `config`), and `otherwise`, the
  `verdict` and `detail` that it would have.
- `planned_before_its_end`: when its run was planned, if it had not ended then.
- `logic`: each with the fingerprints `before` and `after`, `first_run_at` (of `after`), `kept`, the lines of the `diff`
  of the SQL, and `added_columns`.
- `needs`, parts: views that are read through and changed, and models that are not there.
- `inputs`: what it reads.

An input has `input`, `kind` (`model`, `source`), `window` (`"all"`, or the keys `from` and `to`, null without bound,
and `values`), `version_then`, `version_now`, `detail` and `state`: `unchanged`, `changed`, `rewritten` (new when the
partition was last built), `recut` (cut in another way then), `new` (not read or not watched then), `unwatched`,
`uncompared` (the partition is not built), `nothing` (the first partition of a table that reads itself). Of a model,
`parts` are what changed or is to be built, and `more_partitions` how many are left out. Of a source, `changed` are the
ranges that differ, null where that can't be told, and `files`, each with `path` and `modified_at` (null when it is
gone), hold what changed where `files_differ`, else may; `more_files` are left out.

A part has `model`, `partitions`, `ranges`, `verdict`, `written_since`, `absent` (not there and not in the plan), and
the `explanation` of its `first` partition: null where it was `explained_before`.

`status`: the same head, and per model `model`, `fingerprint`, `verdicts`, `maybe` (how many of the current ones
read partitions that are to be rebuilt), `row_count` and `ranges`, each with `from`, `to`, `partitions`, `verdict`
and the `fingerprint` it was built with (null where nothing is built).

`compile`: `models`, each with `model`, `fingerprint`, `partition_by`, `inputs`, `sql`, `statements` (of all
partitions, in order) and `partitions` (each with its `path` and how many of the statements are its own).
`partition_by` is null, one entry, or a list of them where there are several columns: each as it is written, where a
`query` finds partitions with what it found. An input has `name`, `window` (`"all"`, or `{"from": -6, "to": 0}` in units
of the model's granularity, null without bound), `unit` (`number` where numbers are multiplied or divided: then `from`
and `to` are the numbers that the partition `example` reads, both included), `columns` (those of the model of which a
partition reads only the same value, with their names in the input), `reason` and `line`.

`backfill`: `run_id` (null when there was nothing to do), `status` (`succeeded`, `failed`, `cancelled`),
`models` and `totals`, with `succeeded`, `skipped`, `failed`, `blocked`, `rows` and `seconds`. Seconds of a
model add up its batches, those of the totals are wall time. A model's `failures` have `partition`, `error`
and `attempts`; where partitions failed together, `partition` is the first, `to` the last, and `partitions`
how many, with an entry for each combination of values. Its `warnings` are what [audits](audits.md) of severity `warn`
found: `audit`, `severity`, `status` (`passed`, `warned`, `failed`), `bad_rows` (null for an audit that counts rows),
`ranges` (the partitions with bad rows), `message` (null when it passed), and `columns` and `rows`: a few of the bad
rows.

`preview`: `model`, `partition`, `columns`, `rows` (lists of values) and `row_count` (of all rows, not only
those shown).

`diff`: `model`, `partition`, `partitions`, `fingerprints` (the present ones), `logic_differs` (null where no record
says what built the rows), `built` (each logic with `fingerprint`, `same`, `partitions` and `built_at`), `stays` (`not
due` or `frozen` where a backfill leaves the rows as they are, else null), `key` (the columns by which rows were
matched, null where they were not), `rows_stored`, `rows_now`, `added`, `removed`, `changed`, `same`, `columns`, each
with `column`, its type `stored` and `now` and how often it `changed`, `columns_added`, `columns_removed` and
`samples`: the first rows that are `added`, `removed` and `changed`, the last with their `key` and what differs in
`stored` and `now`. `changed` is null where whole rows were compared.

`audit`: the same head as `plan`, `models`, each with `model`, `partitions` and `audited` (how many and which partitions
were looked at) and `audits`, with the same keys as the `warnings` of `backfill`, and `totals`: how many `passed`,
`warned` and `failed`.

`lineage`: `models`, each with `model`, `inputs` as in `compile`, `readers` (the same keys for each model that reads it;
the window is the reader's), `columns`, each with `column`, `type` and `made_from`, and `decided_by`: the columns that
filter, join, group or limit. Both are lists of `input` and `column`, which is null where it may be any. With `--column`
also `column`, `up` and `down`: lists of steps, each with `model` and `column`, which is made from `input` and
`input_column`, and with the window. In a step that only decides rows `column` is null.

`invalidate`, `freeze`, `thaw`, `adopt` and `wipe` ([what each does](changing-records.md)): `run_id` (null when
nothing was changed), `models`, each with `model`, `partitions`, `ranges`, `rows` (in those partitions) and `notes`,
`left_out`, each with `model`, `partitions`, `ranges` and `why`, and `totals`.

`compact` ([when it helps](performance.md#keep-duckdbs-tables-in-the-order-of-their-partitions)): `run_id` (null when
nothing was written), `models`, those that were written anew, each with `model`, `partitions` and `rows` (those that the
table holds) and `before` and `after`: how many `row_groups` of 122,880 rows the table takes, and in how many of them a
partition is looked for on average, `row_groups_of_a_partition`. `left_out` are the others, each with `model` and `why`.
`totals` counts the `models`.

`runs`: `runs`, newest first, each with `run_id`, `started_at`, `ended_at`, `status`, `command`, `reason`,
`target`, `partitions`, `succeeded`, `failed` and `rows`. `runs ID` is one of them with its `attempts`
and `audits`: what each audit found in each batch, with `model`, `from`, `to`, `partitions`, `audit`, `severity`,
`status`, `bad_rows`, `message` and `checked_at`.
"""


def page() -> str:
    """The whole page."""
    root = command_line()
    commands: list[Any] = list(root.commands.values())
    shared = _shared(commands)
    parts = [_HEAD, "## Options of every command that reads a project\n", _table(shared)]
    for command in commands:
        own = [parameter for parameter in command.params if _row(parameter) not in {_row(entry) for entry in shared}]
        parts.append(f"## swathe {command.name}\n")
        parts.append(f"```\n{_usage(command)}\n```\n")
        parts.append(_paragraphs(command.help or ""))
        if own:
            parts.append(_table(own))
    parts.append(_JSON)
    return "\n".join(parts)


def main(arguments: Sequence[str]) -> None:
    """Writes the page to the file that is named."""
    Path(arguments[0]).write_text(page(), encoding="utf-8")


def _shared(commands: Sequence[Any]) -> list[Any]:
    """The options that all commands but `init` have."""
    readers = [command for command in commands if command.name != "init"]
    rows = [{_row(parameter) for parameter in command.params} for command in readers]
    return [parameter for parameter in readers[0].params if all(_row(parameter) in known for known in rows)]


def _usage(command: Any) -> str:
    words = [f"swathe {command.name}", "[OPTIONS]"]
    for parameter in command.params:
        if not _is_option(parameter):
            name = parameter.metavar or parameter.name.upper()
            word = name if parameter.required else f"[{name}]"
            words.append(f"{word}..." if parameter.nargs == -1 else word)
    return " ".join(words)


def _paragraphs(text: str) -> str:
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n\n".join(paragraphs) + "\n"


def _table(parameters: Sequence[Any]) -> str:
    rows = [_row(parameter) for parameter in parameters]
    return "\n".join(["| option | |", "|---|---|", *rows]) + "\n"


def _row(parameter: Any) -> str:
    text = _escaped(parameter.help or "")
    notes = list(_notes(parameter))
    if notes:
        text += f" ({'; '.join(notes)})"
    return f"| {_names(parameter)} | {text} |"


def _names(parameter: Any) -> str:
    if not _is_option(parameter):
        return f"`{parameter.metavar or parameter.name.upper()}`"
    value = "" if parameter.is_flag else f" {_escaped(parameter.metavar or 'N')}"
    return ", ".join(f"`{name}{value}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _notes(parameter: Any) -> Iterator[str]:
    default = parameter.default
    if _is_option(parameter) and default not in (None, False) and not callable(default):
        yield f"default: `{default}`"
    if parameter.envvar:
        yield f"`{parameter.envvar}`"


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main(sys.argv[1:])
