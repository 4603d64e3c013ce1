"""FEEL, the language of every expression in a diagram, evaluated in an isolated V8."""

from bpmn.feel.evaluate import Feel, FeelError, FeelLimit, stripped

__all__ = ["Feel", "FeelError", "FeelLimit", "stripped"]
