"""The network as a graph, with what flows through it at given or sampled values."""

from matcalc.tracing.trace import Edge, Node, Trace, trace

__all__ = ["Edge", "Node", "Trace", "trace"]
