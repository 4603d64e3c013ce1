"""FEEL, the language of every expression in a diagram, evaluated in an isolated V8."""

from bpmn.feel.evaluate import Feel, FeelError, stripped

__all__ = ["Feel", "FeelError", "stripped"]
