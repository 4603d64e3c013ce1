"""A small stand-in for FEEL, so that tests of the machine need no V8: comparisons, arithmetic, lists, contexts."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from bpmn.errors import GuichengError

WORDS = {"true", "false", "null", "and", "or", "not", "in", "count", "if", "then", "else"}


class ToyError(GuichengError):
    """表达式“{expression}”：{reason}"""


class ToyFeel:
    """Evaluates what the tests' diagrams contain; an unknown variable is an error, as it is with the real one."""

    def names(self, expression: str) -> frozenset[str]:
        """The free variables."""
        bare = re.sub(r'"[^"]*"', "", expression)
        bare = re.sub(r"([{,]\s*)[A-Za-z_]\w*\s*:", r"\1", bare)
        return frozenset(re.findall(r"(?<![.\w])[A-Za-z_]\w*", bare)) - WORDS

    def evaluate(self, expression: str, variables: Mapping[str, Any], now_us: int) -> Any:
        """The value."""
        text = re.sub(r"([{,]\s*)([A-Za-z_]\w*)\s*:", r'\1"\2":', expression.strip().removeprefix("="))
        text = re.sub(r"(?<![<>=!])=(?!=)", "==", text)
        for name, value in (("true", "True"), ("false", "False"), ("null", "None"), ("count", "len")):
            text = re.sub(rf"\b{name}\b", value, text)
        known = {**variables, "len": len}
        for node in ast.walk(tree := ast.parse(text.strip(), mode="eval")):
            if isinstance(node, ast.Name) and node.id not in known:
                raise ToyError(expression=expression, reason=f"没有变量 {node.id}")
        return eval(compile(tree, "toy", "eval"), {"__builtins__": {}}, known)
