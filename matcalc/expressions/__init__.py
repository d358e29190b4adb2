"""Expressions, their dimensions, and the registry of operations."""
