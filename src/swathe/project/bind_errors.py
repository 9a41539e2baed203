"""What the database says of a query that it refuses, as a message of ours at its place in the template."""

from __future__ import annotations

import re
from collections.abc import Callable

from swathe.errors import EngineError, Location, ModelError

_LINE = re.compile(r"^LINE (\d+): (.*)$", re.MULTILINE)


def bind_error(error: EngineError, text: str, locate: Callable[[int], Location], path: str) -> ModelError:
    """The engine's refusal of a query, at its place in the template."""
    message = error.message
    at = Location(path, 1, 1)
    found = _LINE.search(message)
    if found:
        lines = text.split("\n")
        number = min(max(int(found[1]) - 2, 0), len(lines) - 1)
        caret = message[found.end() :].lstrip("\n").split("\n")[0].find("^") - len(f"LINE {found[1]}: ")
        excerpt = found[2]
        column = caret
        if excerpt.startswith("..."):
            shown = excerpt[3:].removesuffix("...")
            column = max(lines[number].find(shown), 0) + caret - 3
        at = locate(sum(len(line) + 1 for line in lines[:number]) + max(0, min(column, len(lines[number]))))
    said, hint = engine_words(message[: found.start()] if found else message)
    return ModelError(f"the database refuses the query: {said}", at=at, hint=hint or MEND)


MEND = "mend the query: `swathe compile` checks it and runs nothing"
_CATEGORY = re.compile(r"^[A-Z][A-Za-z ]+ Error: ")


def engine_words(message: str) -> tuple[str, str | None]:
    """The first line of a driver's message as a sentence of ours, and the advice that follows, where it is any."""
    first, _, rest = message.strip().partition("\n")
    advice = " ".join(rest.split())
    if advice.startswith("Candidate functions:"):
        advice = "the types do not fit: cast a side, e.g. `cast(x as integer)`"
    elif found := re.fullmatch(r"Candidate bindings: (.+)", advice):
        advice = "did you mean " + found[1].replace('"', "`") + "?"
    elif found := re.fullmatch(r'Did you mean "(.+)"\??', advice):
        advice = f"did you mean `{found[1]}`?"
    said = _CATEGORY.sub("", first).rstrip(".!")
    return said, advice[:1].lower() + advice[1:].rstrip(".") if advice else None
