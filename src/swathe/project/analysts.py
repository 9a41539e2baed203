"""Who answers what a query's logic is: this process, or others beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from swathe.sql.logic import Logic
from swathe.sql.parse import ParsedQuery
from swathe.sql.question import Question, answer_parsed


class Analyst(Protocol):
    """Takes questions one by one."""

    at_once: bool
    """Answers are there when `ask` returns."""

    def ask(self, question: Question, query: ParsedQuery, expanded: ParsedQuery) -> Callable[[], Logic]:
        """A way to get the answer, which may wait for it. The trees are those of the question's texts."""


class Here:
    """Answers in this process."""

    at_once = True

    def ask(self, question: Question, query: ParsedQuery, expanded: ParsedQuery) -> Callable[[], Logic]:
        found = answer_parsed(question, query, expanded)
        return lambda: found
