"""`swathe audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swathe.cli.options import KeyArgs, ModelArgs, Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from rich.console import Console

    from swathe.api.audit import Audited, ModelAudited

FAILED = 1
_STYLES = {"passed": "green", "warned": "yellow", "failed": "red"}


def audit(models: ModelArgs, keys: KeyArgs, project: ProjectArgs, output: OutputOption = Output.TEXT) -> int:
    """Run audits over stored rows.

    Audits run by themselves whenever partitions are built. This runs them over partitions that were built before, e.g.
    after an audit was added. Writes nothing.
    """
    from swathe.api.audit import audit as run_audit
    from swathe.api.plan import Choice

    audited = run_audit(project.options(), Choice(models.selected, models.excluded, keys.range()))
    if output is Output.JSON:
        from swathe.cli.console import write_json
        from swathe.cli.json_audit import audited_json

        write_json(audited_json(audited))
    else:
        _show(audited)
    return FAILED if audited.count("failed") else 0


def _show(audited: Audited) -> None:
    from rich.text import Text

    from swathe.cli.console import data_console
    from swathe.cli.words import counted

    console = data_console()
    for model in audited.models:
        _show_model(console, model)
        console.print()
    numbers = ", ".join(f"{audited.count(status):,} {status}" for status in _STYLES)
    total = sum(len(model.results) for model in audited.models)
    console.print(Text(f"{counted(total, 'audit')} of {counted(len(audited.models), 'model')}: {numbers}"))


def _show_model(console: Console, model: ModelAudited) -> None:
    from rich.text import Text

    from swathe.cli.console import print_indented
    from swathe.cli.ranges import ranges_in_words

    words = ranges_in_words(model.spec, model.partitions) if model.partitions else "no such partition is built"
    print_indented(console, Text.assemble((model.spec.name, "bold"), "  ", words), 0)
    for result in model.results:
        status = (f"{result.status}  ", _STYLES[result.status])
        first, *rows = (result.text or result.name).splitlines()
        print_indented(console, Text.assemble(status, first), 2)
        for row in rows:
            print_indented(console, Text(row.strip()), 4)
