"""Differentiation: gradients by walking back, local Jacobians, closed forms."""
