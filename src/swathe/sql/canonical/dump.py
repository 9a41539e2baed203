"""A tree as text that leaves nothing out."""

from __future__ import annotations

import re
from functools import cache

from sqlglot import exp

_ALIAS = re.compile(r"\x02'[tw]\d+'")


def dump(node: exp.Expr, *, quotes: bool = False) -> str:
    """Every class, argument and value below `node`; two trees have one dump only if they are the same tree.

    Comments, source positions and inferred types are not part of it. Whether a name is quoted is only with
    `quotes`: once names are folded quoting has had its effect.
    """
    parts: list[str] = []
    stack: list[object] = [node]
    # Without recursion, so that a condition with thousands of operands does not end at Python's limit.
    while stack:
        item = stack.pop()
        if type(item) is _Mark:
            parts.append(item)
        elif isinstance(item, exp.Identifier):
            parts.append(f"\x02{item.name!r}{'q' if quotes and item.quoted else ''}")
        elif isinstance(item, exp.Expr):
            parts.append(f"{type(item).__name__}(")
            stack.append(_END)
            args = item.args
            for key in sorted(args, reverse=True) if len(args) > 1 else args:
                value = args[key]
                if value is not None and value != []:
                    stack += (value, _key(key))
        elif isinstance(item, list):
            parts.append("[")
            stack.append(_END_OF_LIST)
            for element in reversed(item):
                stack += (_COMMA, element)
        else:
            parts.append(f"{item!r} ")
    return "".join(parts)


class _Mark(str):
    """Punctuation of the dump itself, told apart from the tree's own strings."""

    __slots__ = ()


_END, _END_OF_LIST, _COMMA = _Mark(")"), _Mark("]"), _Mark(",")


@cache
def _key(name: str) -> _Mark:
    return _Mark(f"{name}=")


def order_key(node: exp.Expr) -> tuple[str, str]:
    """Where `node` stands among operands whose order means nothing: by its shape, then by its aliases.

    Shape first, because aliases are numbered by position and so depend on the order that is being decided.
    """
    text = dump(node)
    return _ALIAS.sub("\x02", text), text
