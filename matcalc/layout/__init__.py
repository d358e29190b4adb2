"""Layouts: how a derivative is arranged. The only place that knows."""
