"""FEEL, the language of every expression in a diagram, evaluated in an isolated V8."""

from bpmn.feel.evaluate import Comparison, Feel, FeelError, FeelLimit, FeelSpent, Operand, stripped

__all__ = ["Comparison", "Feel", "FeelError", "FeelLimit", "FeelSpent", "Operand", "stripped"]
