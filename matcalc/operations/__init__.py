"""All operations of the language, a file per topic. Importing this fills the registry."""

from matcalc.operations import algebra, entrywise, leaves, networks, notation, reductions, structure

__all__ = ["algebra", "entrywise", "leaves", "networks", "notation", "reductions", "structure"]
