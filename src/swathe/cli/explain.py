"""`swathe plan --explain` for people: a partition, and below it why it is so, down to the root."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from swathe.api.explain import Explained, Logics
from swathe.cli.cause_words import (
    absent_in_words,
    build_in_words,
    certainty,
    failed_in_words,
    fate_in_words,
    flags,
    input_in_words,
    logic_in_words,
    moment,
    name_of,
    names_of,
)
from swathe.cli.console import print_indented
from swathe.cli.plan_text import show_diff
from swathe.cli.strip import STYLES
from swathe.cli.words import counted
from swathe.model.definition import Materialized
from swathe.plan.explanation import (
    Absent,
    Cause,
    Explanation,
    Failed,
    Input,
    InputState,
    Mark,
    Marked,
    Needs,
    NewLogic,
    Otherwise,
    Part,
    Unended,
)
from swathe.plan.history import SourceFile
from swathe.plan.verdict import Verdict

_STEP = 2


def show_explained(console: Console, explained: Explained) -> None:
    """The tree, and how many others the key covers."""
    _Printer(console, explained).show()
    if explained.others:
        work = f"{explained.others_with_work:,} of them" if explained.others_with_work else "none of them"
        what = "other partition that was named" if explained.others == 1 else "other partitions that were named"
        if explained.others == 1:
            work = "with work" if explained.others_with_work else "without work"
        else:
            work += " with work"
        print_indented(console, Text(f"not explained: {explained.others:,} {what}, {work}", "dim"), 0)


class _Printer:
    """`told` are the differences that were shown: each is shown once."""

    def __init__(self, console: Console, explained: Explained) -> None:
        self._console = console
        self._explained = explained
        self._redact = explained.planned.workspace.profile.redact
        self._deepest = console.width // 2
        self._told: set[Logics] = set()

    def show(self) -> None:
        top = self._explained.explanation
        head = Text.assemble((name_of(top.spec, top.ordinal), "bold"), "  ", self._verdict(top))
        print_indented(self._console, head, 0)
        self._say(fate_in_words(top), _STEP)
        self._body(top, _STEP)

    def _body(self, explanation: Explanation, indent: int) -> None:
        if explanation.build is not None:
            head, rest = build_in_words(explanation.build, explanation.spec)
            self._say(head, indent)
            self._say(rest, indent + _STEP)
        for cause in explanation.causes:
            self._cause(cause, explanation, indent)

    def _cause(self, cause: Cause, explanation: Explanation, indent: int) -> None:
        match cause:
            case NewLogic():
                self._logic(cause, indent)
            case Failed():
                self._failed(cause, explanation, indent)
            case Marked():
                self._marked(cause, explanation, indent)
            case Unended():
                self._say(f"that run was planned for {moment(cause.planned_at)}, before its end", indent)
            case Otherwise():
                detail = f": {cause.detail}" if cause.detail else ""
                self._say(f"it would be {cause.verdict} if it were not frozen{detail}", indent)
            case Needs():
                is_view = cause.part.spec.materialized is Materialized.VIEW
                self._part(cause.part, indent, "reads through the view " if is_view else "needs ")
            case Input():
                self._input(cause, indent)
            case Absent():
                if explanation.verdict is not Verdict.MISSING:
                    self._say(absent_in_words(cause, explanation), indent)

    def _logic(self, change: NewLogic, indent: int) -> None:
        names = change.model, change.before, change.after
        diff = self._explained.diffs.get(names)
        if diff is None:
            self._say(logic_in_words(change), indent)
        elif names in self._told:
            self._say(f"{logic_in_words(change)}, as above", indent)
        else:
            self._told.add(names)
            self._say(f"{logic_in_words(change)}:", indent)
            show_diff(self._console, diff, self._at(indent + _STEP))

    def _failed(self, failed: Failed, explanation: Explanation, indent: int) -> None:
        self._say(failed_in_words(failed), indent)
        error = failed.error.strip()
        if error != explanation.detail:
            self._say(error, indent + _STEP)

    def _marked(self, marked: Marked, explanation: Explanation, indent: int) -> None:
        if marked.mark is Mark.FROZEN_BEFORE:
            project = self._explained.planned.workspace.project
            at = project.models[explanation.spec.name].config.frozen_before
            where = project.definition.models[explanation.spec.name].where("frozen_before")
            self._say(f"`frozen_before` is {at:%Y-%m-%d %H:%M:%S} in {where}", indent)
        elif marked.at is not None:
            self._say(f"{marked.mark} {'since ' * (marked.mark is Mark.FROZEN)}{moment(marked.at)}", indent)

    def _input(self, read: Input, indent: int) -> None:
        self._say(input_in_words(read), indent)
        if read.state is InputState.CHANGED:
            self._say(f"version {read.then} then, {read.now} now", indent + _STEP)
        for told in certainty(read):
            self._say(told, indent + _STEP)
        for part in read.parts:
            self._part(part, indent + _STEP)
        if read.more:
            self._say(f"and {counted(read.more, 'more partition')}", indent + _STEP)
        for file in read.files:
            self._say(_file(file), indent + _STEP)
        if read.more_files:
            self._say(f"and {counted(read.more_files, 'more file')}", indent + _STEP)

    def _part(self, part: Part, indent: int, before: str = "") -> None:
        inner = part.explanation
        text = Text.assemble(
            before + names_of(part), "  ", self._verdict(inner) if inner else (str(part.verdict), STYLES[part.verdict])
        )
        for flag in flags(part, inner.fate if inner else None):
            text.append(f"; {self._redact(flag)}")
        if inner is None:
            text.append("; explained above" if part.told else "; …", "dim")
        elif part.partitions.count > 1:
            text.append(f"; the first, {inner.key}:")
        print_indented(self._console, text, self._at(indent))
        if inner is not None:
            self._body(inner, indent + _STEP)

    def _verdict(self, explanation: Explanation) -> Text:
        absent = next((cause for cause in explanation.causes if isinstance(cause, Absent)), None)
        detail = self._redact(explanation.detail.removeprefix(f"{explanation.verdict}: "))
        if absent is not None and explanation.verdict is Verdict.MISSING:
            detail = absent_in_words(absent, explanation)
        return Text.assemble((str(explanation.verdict), STYLES[explanation.verdict]), f": {detail}" if detail else "")

    def _say(self, text: str, indent: int) -> None:
        print_indented(self._console, Text(self._redact(text)), self._at(indent))

    def _at(self, indent: int) -> int:
        return min(indent, self._deepest)


def _file(file: SourceFile) -> str:
    return f"{file.path}, " + ("gone" if file.modified_at is None else f"modified {moment(file.modified_at)}")
