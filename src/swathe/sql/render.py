"""From a model's template to SQL over logical relations.

Each input is printed as a table of a schema that no warehouse has, e.g. `"swathe:ref"."flights"`, so that
rendering knows nothing of where tables stand, and every scan of the parsed query leads back to what was
asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jinja2 import nodes

from swathe.errors import ModelError
from swathe.sql.macros import BoundMacros, MacroLibrary
from swathe.sql.partition_value import LookedAtPartition, Observer, Partition, PartitionValues
from swathe.sql.positions import TemplateFile, config_key_location, config_location
from swathe.sql.render_environment import Piece, compile_model, parse_template, print_value, sandbox
from swathe.sql.render_errors import runtime_error
from swathe.sql.render_names import CONTEXT_NAMES, Recorder
from swathe.sql.rendered import REF_SCHEMA, SOURCE_SCHEMA, THIS_SCHEMA, RenderContext, RenderedModel, Span

if TYPE_CHECKING:
    from types import GeneratorType

__all__ = [
    "REF_SCHEMA",
    "SOURCE_SCHEMA",
    "THIS_SCHEMA",
    "MacroLibrary",
    "PartitionValues",
    "RenderContext",
    "RenderedModel",
    "TemplateFile",
    "config_key_location",
    "render_model",
]


def render_model(
    template: TemplateFile,
    name: str,
    macros: MacroLibrary,
    context: RenderContext,
    partition: PartitionValues | None = None,
) -> RenderedModel:
    """Render one model. Raises ModelError at the line of the model or the macro that is wrong.

    Without `partition` the template's `partition.*` are symbols. With it, what the template computes from
    them is true, and what it prints of them is still the marker.
    """
    observer = Observer()
    recorder = Recorder(context)
    names = sandbox().globals | recorder.names(name, Partition(partition, observer))
    text = ""
    spans: tuple[Span, ...] = ()
    try:
        text, spans = _run(template, BoundMacros(macros, names))
    except LookedAtPartition:
        pass
    except Exception as error:
        if isinstance(error, ModelError) and error.at is not None:
            raise
        known = CONTEXT_NAMES | macros.names | names.keys() | _own_names(template)
        raise runtime_error(error, template, macros.files, known) from error
    return RenderedModel(
        path=template.path,
        text=text,
        config=recorder.config,
        config_location=config_location(template),
        inputs=recorder.inputs,
        uses_partition=observer.used,
        branches_on_partition=observer.looked,
        spans=spans,
    )


def _run(file: TemplateFile, macros: BoundMacros) -> tuple[str, tuple[Span, ...]]:
    compiled = compile_model(file)
    root = compiled.template.root_render_func(macros.scope(file.path))
    # Blocks such as `{% call %}` print without an item; the generator knows the line it stands at.
    pieces = cast("GeneratorType[object, None, None]", root)
    texts: list[str] = []
    spans: list[Span] = []
    offset = 0
    for piece in pieces:
        if isinstance(piece, Piece) and piece.item is not None:
            line, column, verbatim = compiled.items[piece.item]
        else:
            frame = pieces.gi_frame
            line = compiled.template.get_corresponding_lineno(frame.f_lineno) if frame else 1
            column, verbatim = 1, False
        text = print_value(piece)
        if text:
            spans.append(Span(offset, line, column, verbatim))
            texts.append(text)
            offset += len(text)
    return "".join(texts), tuple(spans)


def _own_names(file: TemplateFile) -> set[str]:
    """The names a template gives itself."""
    tree = parse_template(file)
    stored = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    return stored | {node.name for node in tree.find_all(nodes.Macro)}
