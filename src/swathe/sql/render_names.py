"""What every template can name: `ref`, `source`, `var`, `env_var`, `config`, `this` and `target`."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from jinja2 import Undefined

from swathe.errors import did_you_mean
from swathe.model.definition import InputName, InputRef
from swathe.sql.partition_value import Partition, PartitionValue
from swathe.sql.render_errors import Refusal
from swathe.sql.rendered import REF_SCHEMA, SOURCE_SCHEMA, THIS_SCHEMA, RenderContext

SECRET_PREFIXES = ("SWATHE_ENV_SECRET_", "DBT_ENV_SECRET_")
CONTEXT_NAMES = frozenset({"ref", "source", "var", "env_var", "config", "this", "target", "partition"})

_RELATION_PARTS = frozenset({"schema", "name", "identifier", "database", "table", "type", "alias", "include", "render"})
_MISSING = object()


class LogicalRelation(str):
    """A table as it is printed before anyone knows where it stands: `"swathe:ref"."flights"`."""

    __slots__ = ()

    def __new__(cls, schema: str, name: str) -> LogicalRelation:
        return super().__new__(cls, ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name)))

    def __getattr__(self, attribute: str) -> Any:
        if attribute in _RELATION_PARTS:
            raise Refusal(
                f"a table has no `{attribute}` in a template",
                word=attribute,
                hint="print the whole table, e.g. `{{ this }}`: its name depends on the target",
            )
        raise AttributeError(attribute)


@dataclass(slots=True)
class Recorder:
    """What one render of one model asked for."""

    context: RenderContext
    config: dict[str, Any] = field(default_factory=dict)
    inputs: dict[tuple[str, str], InputRef] = field(default_factory=dict)

    def names(self, model: str, partition: Partition) -> dict[str, Any]:
        """The context of the model's template."""
        return {
            "ref": self.ref,
            "source": self.source,
            "var": self.var,
            "env_var": self.env_var,
            "config": self.set_config,
            "this": LogicalRelation(THIS_SCHEMA, model),
            "target": deepcopy(dict(self.context.target)),
            "partition": partition,
        }

    def ref(self, *names: object, **options: object) -> LogicalRelation:
        if len(names) == 2:
            raise Refusal(
                "`ref` takes one name",
                word="ref",
                hint=f"a project is one package: write `ref('{names[1]}')`",
            )
        if len(names) != 1:
            raise Refusal("`ref` takes the name of a model", word="ref", hint="write `ref('flights')`")
        name = _name(names[0], "ref")
        if "@" in name:
            raise Refusal(f"`{name}` is no model's name", word=name, hint="write `ref('name', lookback=6)`")
        return self._relation(REF_SCHEMA, name, _input(name, options, "ref"))

    def source(self, *names: object, **options: object) -> LogicalRelation:
        if len(names) != 2:
            raise Refusal("`source` takes two names", word="source", hint="write `source('raw', 'flights')`")
        name = ".".join(_name(part, "source") for part in names)
        if "@" in name:
            raise Refusal(f"`{name}` is no source's name", word="source")
        return self._relation(SOURCE_SCHEMA, name, _input(name, options, "source"))

    def _relation(self, schema: str, name: str, asked: InputRef) -> LogicalRelation:
        if asked.lookback is not None:
            name = f"{name}@lookback={asked.lookback}"
        elif asked.whole:
            name = f"{name}@window=all"
        self.inputs[schema, name] = asked
        return LogicalRelation(schema, name)

    def var(self, *given: object, default: object = _MISSING) -> Any:
        known = self.context.variables
        name, default = _name_and_default(given, default, "var")
        if name in known:
            return deepcopy(known[name])  # templates may change lists, and the next model gets the same ones
        if default is not _MISSING:
            return default
        raise Refusal(
            f"variable `{name}` is not set",
            word=name,
            hint=did_you_mean(name, known, otherwise="set it with `--vars` or in `[tool.swathe] vars`"),
        )

    def env_var(self, *given: object, default: object = _MISSING) -> Any:
        known = self.context.environment
        name, default = _name_and_default(given, default, "env_var")
        if name.upper().startswith(SECRET_PREFIXES):
            raise Refusal(
                f"the secret `{name}` can't be read in a template",
                word=name,
                hint="only `profiles.yml` may read secrets",
            )
        if name in known:
            return known[name]
        if default is not _MISSING:
            return default
        public = [other for other in known if not other.upper().startswith(SECRET_PREFIXES)]
        raise Refusal(
            f"environment variable `{name}` is not set",
            word=name,
            hint=did_you_mean(name, public, otherwise="set it, or give a default: `env_var('NAME', 'default')`"),
        )

    def set_config(self, *positional: object, **keys: object) -> str:
        for given in positional:
            if not isinstance(given, Mapping) or len(positional) > 1:
                raise Refusal("`config` takes keys", word="config", hint='write `config(begin = "2013-01-01")`')
            self.config.update(_plain(given, "config"))
        for key, value in keys.items():
            self.config[key] = _plain(value, key)
        return ""


def _name(value: object, function: str) -> str:
    if isinstance(value, Undefined):
        return str(value)  # raises
    if not isinstance(value, str) or not value:
        raise Refusal(f"`{function}` takes names as text", word=function)
    return value


def _name_and_default(given: tuple[object, ...], default: object, function: str) -> tuple[str, object]:
    if len(given) not in {1, 2}:
        raise Refusal(f"`{function}` takes a name and perhaps a default", word=function)
    return _name(given[0], function), given[1] if len(given) == 2 else default


def _input(name: str, options: Mapping[str, object], function: str) -> InputRef:
    for option, value in options.items():
        if isinstance(value, Undefined):
            str(value)  # raises
        if option not in {"lookback", "window"}:
            hint = did_you_mean(option, ("lookback", "window"), otherwise="it takes `lookback` and `window`")
            raise Refusal(f"`{function}` has no option `{option}`", word=option, hint=hint)
    if len(options) > 1:
        raise Refusal("`lookback` and `window` exclude each other", word="window", hint="keep one of them")
    lookback, window = options.get("lookback"), options.get("window")
    if lookback is not None and (not isinstance(lookback, int) or isinstance(lookback, bool) or lookback < 0):
        hint = "it counts the partitions before the one that is built"
        raise Refusal("`lookback` must be a whole number, 0 or more", word="lookback", hint=hint)
    if window not in (None, "all"):
        hint = "leave it out to have the window derived, or use `lookback`"
        raise Refusal("`window` can only be 'all'", word="window", hint=hint)
    return InputRef(InputName(name), lookback=lookback, whole=window is not None)


def _plain(value: object, key: str) -> Any:
    """A value of `config()` as plain data that no template can change any more."""
    if isinstance(value, Undefined):
        return str(value)  # raises
    if isinstance(value, PartitionValue):
        raise Refusal(f"`{key}` can't depend on the partition", word=key, hint="a model has one config")
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, (bool, int, float, date, time)):
        return value
    if isinstance(value, Mapping):
        return {_plain(name, key): _plain(item, key) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, key) for item in value]
    raise Refusal(f"`{key}` must be plain data, such as text, numbers, lists and dictionaries", word=key)
