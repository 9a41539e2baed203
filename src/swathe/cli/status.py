"""`swathe status`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from swathe.cli.options import ModelArgs, Output, OutputOption, ProjectArgs

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from swathe.api.plan import Planned
    from swathe.plan.plan import ModelPlan


def status(models: ModelArgs, project: ProjectArgs, output: OutputOption = Output.TEXT) -> int:
    """Show what is current, missing, stale or failed.

    Each model's partitions as a strip, one character each while they fit; else a character shows the worst of
    several. Writes nothing.
    """
    from swathe.api.plan import judge_all
    from swathe.cli.console import data_console, write_json
    from swathe.cli.json_output import status_json

    # All models are judged: what is current depends on what the models that it reads still have before them.
    everything = judge_all(project.options())
    selected = set(everything.workspace.select(models.selected, models.excluded))
    shown = tuple(model for model in everything.plan.models if model.spec.name in selected)
    planned = replace(everything, plan=replace(everything.plan, models=shown))
    if output is Output.JSON:
        write_json(status_json(planned))
    else:
        _show(data_console(), planned)
    return 0


def _show(console: Console, planned: Planned) -> None:
    from swathe.cli.notes import show_notes
    from swathe.cli.strip import legend

    width = max((len(model.spec.name) for model in planned.plan.models), default=0)
    for model in planned.plan.models:
        for line in model_lines(planned, model, width, console.width):
            console.print(line)
        show_notes(console, planned, model, named=False)
    shown = {run.verdict for model in planned.plan.models for run in model.verdicts}
    if shown:
        console.print()
        console.print(legend(shown))


def model_lines(planned: Planned, model: ModelPlan, name_width: int, width: int) -> list[Text]:
    """Name, counts and rows; the strip between its first and last key; the versions of logic when there are several."""
    from rich.text import Text

    from swathe.cli.model_strips import strip_lines
    from swathe.cli.plan_text import kind_of, verdict_counts
    from swathe.cli.strip import counts
    from swathe.model.definition import Materialized

    config = planned.workspace.project.models[model.spec.name].config
    head = Text.assemble((f"{model.spec.name:<{name_width}}", "bold"), "  ", counts(verdict_counts(model)))
    if not model.verdicts:
        known = "known" if model.spec.name in planned.cuts.waiting else "due"
        head.append(f"no partition is {known} yet", "dim")
    if config.materialized is not Materialized.VIEW:
        head.append(f"  {model.row_count:,} {'row' if model.row_count == 1 else 'rows'}")
    head.append(f"  {kind_of(config)}", "dim")
    lines = [head]
    lines += strip_lines(model, width)
    if model.maybe:
        upstream = sorted({work.detail.split("`")[1] for work in model.work if work.maybe and "`" in work.detail})
        names = ", ".join(upstream) or "its own earlier partitions"
        lines.append(Text(f"  {model.maybe.count:,} of them may change: {names} is to be rebuilt first", "dim"))
    if versions := _versions(model):
        lines.append(Text(f"  logic {versions}", "dim"))
    return lines


def _versions(model: ModelPlan) -> str:
    """`1a2b3c4d (now) of 353, 99aabbcc of 12 (without net)`, where the present logic only adds the column `net` to the
    other; nothing when all partitions have the present logic.
    """
    from swathe.plan.verdict import Verdict, short

    found: dict[str, int] = {}
    added: dict[str, set[tuple[str, ...]]] = {}
    for run in model.verdicts:
        if run.judgement.fingerprint is not None:
            name = short(run.judgement.fingerprint)
            found[name] = found.get(name, 0) + len(run.partitions)
            if run.verdict is Verdict.STALE_LOGIC:
                added.setdefault(name, set()).add(run.judgement.added)
    now = short(model.spec.fingerprint)

    def less(name: str) -> str:
        alike = next(iter(added[name])) if len(added.get(name, ())) == 1 else ()
        return f" (without {', '.join(alike)})" if alike else ""

    if not found or list(found) == [now]:
        return ""
    ordered = sorted(found.items(), key=lambda entry: (entry[0] != now, -entry[1], entry[0]))
    words = [f"{name}{' (now)' if name == now else ''} of {number:,}{less(name)}" for name, number in ordered]
    return ", ".join(words if now in found else [f"{now} (now) of none", *words])
