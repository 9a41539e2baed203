"""From files to definitions: read, render and check every model, and put them in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from swathe.errors import Location, ModelError, did_you_mean
from swathe.frozen import frozen
from swathe.model.audit import Audit
from swathe.model.audit_config import numbered, read_audits
from swathe.model.config import parse_config
from swathe.model.definition import InputName, ModelConfig, ModelName, Relation, Source
from swathe.model.graph import Graph
from swathe.model.select import ModelFacts
from swathe.partition.interval import Interval, IntervalSet
from swathe.partition.scheme import TimeScheme
from swathe.plan.spec import due_partitions
from swathe.project.audit_texts import DefinedAudit, render_audits
from swathe.project.cache import Cache, digest
from swathe.project.files import ProjectFiles
from swathe.project.profiles import Profile
from swathe.project.rendering import Renderer
from swathe.project.settings import Settings
from swathe.project.yaml_files import ModelProperties, read_definitions
from swathe.sql.partition_value import PartitionValues
from swathe.sql.positions import TemplateFile, config_key_location, tags
from swathe.sql.rendered import REF_SCHEMA, SOURCE_SCHEMA, RenderContext, RenderedModel


@frozen
class Rendering:
    """The text of a model for some of its partitions; None is all of them."""

    partitions: IntervalSet | None
    rendered: RenderedModel


@frozen
class DefinedModel:
    """A model, rendered and with its config checked. `queries` find its partitions, by the column that they are of."""

    name: ModelName
    template: TemplateFile
    config: ModelConfig
    relation: Relation
    renderings: tuple[Rendering, ...]
    queries: Mapping[str, RenderedModel]
    audits: tuple[DefinedAudit, ...] = ()

    @property
    def rendered(self) -> tuple[RenderedModel, ...]:
        """All texts that were made of it."""
        return (*(entry.rendered for entry in self.renderings), *self.queries.values())

    @property
    def inputs(self) -> frozenset[InputName]:
        return frozenset(ref.name for rendered in self.rendered for ref in rendered.inputs.values())

    def where(self, key: str) -> Location:
        """Where a config key is set."""
        return config_key_location(self.template, key)


@frozen
class Definition:
    """A whole project before any query is understood."""

    settings: Settings
    models: Mapping[ModelName, DefinedModel]
    sources: Mapping[InputName, Source]
    graph: Graph

    @property
    def facts(self) -> dict[ModelName, ModelFacts]:
        return {name: ModelFacts(model.template.path, model.config.tags) for name, model in self.models.items()}


@frozen
class LoadOptions:
    """What the command line and the environment bring to a load."""

    variables: Mapping[str, Any]
    environment: Mapping[str, str]
    now: datetime


def load_definition(
    files: ProjectFiles, settings: Settings, profile: Profile, default_schema: str, options: LoadOptions, cache: Cache
) -> Definition:
    """Render a project. Raises ProjectError and ModelError with a place in the user's files."""
    yaml = read_definitions(files.yaml, files.audits.keys())
    schema = profile.schema or default_schema
    context = RenderContext(
        variables={**settings.vars, **options.variables},
        environment=options.environment,
        target={
            "name": profile.target, "target_name": profile.target, "profile_name": profile.name, "type": profile.type,
            "schema": schema, "threads": profile.threads or 1,
        },
    )  # fmt: skip
    renderer = Renderer(files.macros, context, cache)
    models = {
        name: _define(name, files, yaml.models.get(name), renderer, schema, options, cache)
        for name, file in files.models.items()
    }
    _check_properties(yaml.models, models)
    _check_inputs(models, yaml.sources)
    _check_relations(models, yaml.sources)
    return Definition(settings, models, yaml.sources, _graph(models))


def _graph(models: Mapping[ModelName, DefinedModel]) -> Graph:
    """Models after what they read and what their audits read. Raises ModelError on a cycle."""
    places = {name: model.renderings[0].rendered.config_location for name, model in models.items()}
    reads = {
        name: [ModelName(read) for read in model.inputs if ModelName(read) in models] for name, model in models.items()
    }
    graph = Graph.of(reads, places)
    audited = False
    for name, model in models.items():
        for defined in model.audits:
            others = {ModelName(other) for other in defined.reads} & models.keys() - {name}
            for other in sorted(others - set(reads[name])):
                if _leads_to(reads, other, name):
                    raise _too_early(name, defined.audit, other)
                reads[name].append(other)
                audited = True
    return Graph.of(reads, places) if audited else graph


def _leads_to(reads: Mapping[ModelName, Iterable[ModelName]], start: ModelName, wanted: ModelName) -> bool:
    """Whether a model is read by another, over any number of steps."""
    seen, open_ = {start}, [start]
    while open_:
        new = {name for name in reads[open_.pop()] if name not in seen}
        if wanted in new:
            return True
        seen |= new
        open_ += new
    return False


def _too_early(name: ModelName, audit: Audit, late: ModelName) -> ModelError:
    return ModelError(
        f"the audit `{audit.name}` of `{name}` reads `{late}`, which is built after `{name}`",
        at=audit.at,
        hint=f"an audit runs before the rows can be read: declare one on `{late}` instead",
    )


def _define(
    name: ModelName,
    files: ProjectFiles,
    properties: ModelProperties | None,
    renderer: Renderer,
    schema: str,
    options: LoadOptions,
    cache: Cache,
) -> DefinedModel:
    template = TemplateFile(files.models[name].path, files.models[name].text)
    rendered = renderer.render(template, name)
    from_yaml = properties.config if properties else {}

    def where(key: str) -> Location:
        if key not in rendered.config and properties is not None and key in from_yaml:
            return properties.where(key)
        return config_key_location(template, key)

    config = _config({**from_yaml, **rendered.config}, where, cache)
    renderings: tuple[Rendering, ...] = (Rendering(None, rendered),)
    if rendered.branches_on_partition:
        renderings = _per_partition(name, template, config, renderer, options)
    if rendered.uses_partition and config.partition_by is None:
        raise ModelError(
            "`partition.*` is used, but the model is not partitioned",
            at=_first_word(template, "partition"),
            hint="set `partition_by` in the model's config",
        )
    relation = Relation(config.schema or schema, config.alias or name)
    queries = _render_queries(name, template.path, config, renderer, where)
    declared = properties.audits if properties else ()
    declared += read_audits(rendered.config.get("audits"), lambda _: where("audits"), files.audits.keys())
    audits = render_audits(numbered(declared), name, files.audits, renderer)
    return DefinedModel(name, template, config, relation, renderings, queries, audits)


def _config(given: Mapping[str, Any], where: Callable[[str], Location], cache: Cache) -> ModelConfig:
    """`where` is asked for as soon as a key is read, and that takes longer than all the rest. Many models share one."""
    key = digest(repr(given))
    found: ModelConfig | None = cache.get("config", key)
    if found is None:
        found = parse_config(given, where)
        cache.put("config", key, found)
    return found


def _render_queries(
    name: ModelName,
    path: str,
    config: ModelConfig,
    renderer: Renderer,
    where: Callable[[str], Location],
) -> dict[str, RenderedModel]:
    """The queries in `partition_by` are templates of their own."""
    found: dict[str, RenderedModel] = {}
    for column, text in (config.partition_by.queries if config.partition_by else {}).items():
        try:
            rendered = renderer.render(TemplateFile(path, text), name)
        except ModelError as error:
            message = f"in the query for `{column}` in `partition_by`: {error.message}"
            raise ModelError(message, at=where("partition_by"), hint=error.hint) from None
        if rendered.uses_partition:
            message = f"the query for `{column}` finds partitions, and can't use `partition.*`"
            raise ModelError(
                message, at=where("partition_by"), hint="leave it out: the query is asked once, for all partitions"
            )
        found[column] = rendered
    return found


def _per_partition(
    name: ModelName,
    template: TemplateFile,
    config: ModelConfig,
    renderer: Renderer,
    options: LoadOptions,
) -> tuple[Rendering, ...]:
    """One rendering for each distinct text, since the template looks at its partition's value."""
    scheme = config.scheme
    due = due_partitions(config, options.now)
    if not isinstance(scheme, TimeScheme):
        raise ModelError(
            "the template asks for its partition's value, but the model is not cut by one column of time",
            at=_first_word(template, "partition"),
            hint="such a template needs one column of time: cut it so, or use `partition.*` without asking its value",
        )
    if not due and config.begin is not None:
        due = IntervalSet.of(Interval(first := scheme.ordinal(config.begin), first + 1))
    texts: dict[str, tuple[RenderedModel, list[int]]] = {}
    for ordinal in due.ordinals():
        span = scheme.wall_bounds(Interval(ordinal, ordinal + 1))
        if span.start is None or span.end is None:
            continue
        values = PartitionValues(span.start, span.end, scheme.key(ordinal))
        rendered = renderer.render(template, name, values)
        texts.setdefault(rendered.text, (rendered, []))[1].append(ordinal)
    return tuple(Rendering(IntervalSet.from_ordinals(ordinals), rendered) for rendered, ordinals in texts.values())


def _check_properties(
    properties: Mapping[ModelName, ModelProperties], models: Mapping[ModelName, DefinedModel]
) -> None:
    for name, entry in properties.items():
        if name not in models:
            raise ModelError(
                f"there is no model `{name}`", at=entry.at,
                hint=did_you_mean(name, models, otherwise="a model's name is its file's name without `.sql`"),
            )  # fmt: skip


def _check_inputs(models: Mapping[ModelName, DefinedModel], sources: Mapping[InputName, Source]) -> None:
    for model in models.values():
        for rendered in model.rendered:
            for (schema, _), ref in rendered.inputs.items():
                if schema == SOURCE_SCHEMA and ref.name not in sources:
                    raise ModelError(
                        f"there is no source `{ref.name}`",
                        at=_mention(model, "source", ref.name.rpartition(".")[2]),
                        hint=did_you_mean(
                            ref.name,
                            sources,
                            otherwise="declare it under `sources:` in a YAML file in models/",
                        ),
                    )
                if schema == REF_SCHEMA and str(ref.name) == str(model.name):
                    raise ModelError(
                        f"`{model.name}` reads itself",
                        at=_mention(model, "ref", ref.name),
                        hint="a table is cut from what other tables hold: read what this one is made of",
                    )
                if schema == REF_SCHEMA and ModelName(ref.name) not in models:
                    raise ModelError(
                        f"there is no model `{ref.name}`",
                        at=_mention(model, "ref", ref.name),
                        hint=did_you_mean(ref.name, models, otherwise="a `ref()` names a file in models/"),
                    )
        for defined in model.audits:
            for name in defined.reads:
                _check_audited(defined.audit, name, models, sources)


def _check_audited(
    audit: Audit, name: InputName, models: Mapping[ModelName, DefinedModel], sources: Mapping[InputName, Source]
) -> None:
    kind: str = "source" if "." in name else "model"
    known: Collection[str] = sources if "." in name else models
    if name not in known:
        hint = did_you_mean(name, known, otherwise=f"name a {kind} of this project")
        raise ModelError(
            f"the audit `{audit.name}` reads `{name}`, and there is no such {kind}", at=audit.at, hint=hint
        )


def _mention(model: DefinedModel, function: str, name: str) -> Location:
    """Where a template's call names an input; the template itself when a macro does."""
    for tag in tags(model.template.text):
        called = next((number for number, token in enumerate(tag) if token.says(function)), len(tag))
        for token in tag[called:]:
            if token.kind == "string" and token.says(name):
                return Location(model.template.path, token.line, token.column)
    return Location(model.template.path, 1, 1)


def _first_word(template: TemplateFile, word: str) -> Location:
    for token in (token for tag in tags(template.text) for token in tag if token.says(word)):
        return Location(template.path, token.line, token.column)
    return Location(template.path, 1, 1)


def _check_relations(models: Mapping[ModelName, DefinedModel], sources: Mapping[InputName, Source]) -> None:
    owners: dict[tuple[str, str], str] = {
        (source.relation.schema.lower(), source.relation.name.lower()): f"source `{source.name}`"
        for source in sources.values()
        if source.location is None
    }
    for model in models.values():
        key = (model.relation.schema.lower(), model.relation.name.lower())
        if key in owners:
            raise ModelError(
                f"`{model.name}` would write the table of {owners[key]}: "
                f"`{model.relation.schema}.{model.relation.name}`",
                at=model.where("alias"),
                hint="give one of them another `alias` or `schema`",
            )
        owners[key] = f"model `{model.name}`"
