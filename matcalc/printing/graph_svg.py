"""The computation graph as SVG: values above the wires, gradients coming back below.

    graph_svg(trace)                     from left to right, a file of its own
    graph_svg(trace, vertical=True)      from top to bottom, for narrow pages
    graph_svg(derivation)                without values: shapes alone
    graph_svg(trace, prefix="g2", inline=True)   within a page of HTML

Self-contained, without script. All ids and classes start with the prefix, so that several
pictures can stand in a page. Inline, lines and letters have the colour of the text around
it; a page may set --mc-value and --mc-gradient. Inputs, parameters, constants and
operations differ in their outline as well as in colour. Text is monospaced, so that boxes
fit it in any browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from matcalc.derivation.derivation import Derivation
from matcalc.errors import InputError
from matcalc.printing.graph_layout import Drawing, Route, layered
from matcalc.printing.graph_picture import Picture, PictureEdge, PictureNode, picture
from matcalc.tracing.trace import Trace

EM = 7.9
"The width of a letter of 13 pixels, and of one of 11."
SMALL = 6.7
LINE = 17.0
PAD = 10.0
PORT = 40.0
MARGIN = 14.0
FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
KEY = (("input", "input"), ("parameter", "parameter"), ("constant", "constant"),
       ("node", "operation"))  # fmt: skip


def graph_svg(
    source: Trace | Derivation,
    *,
    vertical: bool = False,
    prefix: str = "graph",
    inline: bool = False,
) -> str:
    """The text of an ``<svg>`` element. Raises InputError where the graph is too large."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", prefix):
        raise InputError(f"{prefix!r} is no prefix for ids", mend="Use letters, digits and -.")
    return "\n".join(_Svg(picture(source), vertical, prefix, inline).lines()) + "\n"


class _Svg:
    def __init__(self, found: Picture, vertical: bool, prefix: str, inline: bool) -> None:
        self.picture, self.vertical, self.prefix, self.inline = found, vertical, prefix, inline
        labels = [text for e in found.edges for text, _ in _labels(e)]
        self.label = max((len(text) for text in labels), default=0) * SMALL
        self.sizes = {node.name: self._size(node) for node in found.nodes}
        self.exits = [f"{e.source}\n" for e in found.edges if e.target is None]
        self.drawing = self._drawing()

    def _size(self, node: PictureNode) -> tuple[float, float]:
        """Width and height of a node's box."""
        lines = [*node.lines, node.shape] if node.shape != "scalar" else list(node.lines)
        width = max(max(len(t) for t in node.lines) * EM, len(node.shape) * SMALL) + 2 * PAD
        if node.kind == "parameter":
            width += PAD
        ports = sum(edge.target == node.name for edge in self.picture.edges)
        height = len(lines) * LINE + PAD
        if self.vertical:
            return max(width, (ports - 1) * (self.label + 16) + 2 * PAD, 40.0), height
        return max(width, 40.0), max(height, ports * PORT if self.picture.valued else height)

    def _drawing(self) -> Drawing:
        turned = {n: (h, w) if self.vertical else (w, h) for n, (w, h) in self.sizes.items()}
        turned |= dict.fromkeys(self.exits, (0.0, 20.0))
        edges = [(e.source, f"{e.source}\n" if e.target is None else e.target)
                 for e in self.picture.edges]  # fmt: skip
        if not self.picture.valued:
            lead, port, apart = 14.0, 12.0, 22.0
        elif self.vertical:
            lead, port, apart = 38.0, self.label + 16, self.label + 16
        else:
            lead, port, apart = self.label + 24, PORT, 22.0
        late = frozenset(n.name for n in self.picture.nodes if n.kind in KINDS_OF_VARIABLES)
        return layered(turned, edges, lead=lead, gap=34.0, apart=apart, port=port, late=late)

    # -- the whole ---------------------------------------------------------------

    def lines(self) -> Iterator[str]:
        length, across = self.drawing.length, self.drawing.width
        right = self.label + 10 if self.vertical else 0.0
        width, height = (across + right, length) if self.vertical else (length, across)
        width = max(width, self._key_width()) + 2 * MARGIN
        key_height = self._key_rows() * 20.0 + 12.0
        whole = height + 2 * MARGIN + key_height
        p = self.prefix
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{p}" role="img"'
            f' aria-labelledby="{p}-title {p}-desc" viewBox="0 0 {width:.0f} {whole:.0f}"'
            f' width="{width:.0f}" height="{whole:.0f}">'
        )
        yield f'<title id="{p}-title">{_text(self.picture.title)}</title>'
        yield f'<desc id="{p}-desc">{_text(self.picture.description)}</desc>'
        yield f"<style>{self._style()}</style>"
        yield from self._markers()
        if not self.inline:
            yield f'<rect class="{p}-page" width="100%" height="100%"/>'
        yield f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">'
        for edge, route in zip(self.picture.edges, self.drawing.routes, strict=True):
            yield from self._edge(edge, route)
        for node in self.picture.nodes:
            yield from self._node(node)
        yield from self._key(height + 22.0)
        yield "</g>"
        yield "</svg>"

    def _style(self) -> str:
        p = f".{self.prefix}"
        own = "" if self.inline else "color: #1b1b1f; "
        dark = "" if self.inline else "color: #e8e6ec; "
        base = "" if self.inline else f"{p}-page {{ fill: #ffffff; }} "
        night = "" if self.inline else f"{p}-page {{ fill: #17171b; }} "
        light = "--v: var(--mc-value, #17642f); --g: var(--mc-gradient, #b3261e);"
        deep = "--v: var(--mc-value, #84d69b); --g: var(--mc-gradient, #ff9a8f);"
        return (
            f"{p} {{ {own}{light} font: 13px {FONT}; max-width: 100%; height: auto; }} {base}"
            f"@media (prefers-color-scheme: dark) {{ {p} {{ {dark}{deep} }} {night}}} "
            f"{p}-box {{ fill: none; stroke: currentColor; stroke-width: 1.4; }} "
            f"{p}-node {{ fill: currentColor; fill-opacity: .07; }} "
            f"{p}-constant {{ stroke-dasharray: 2 3; }} "
            f"{p}-end {{ stroke-width: 2.6; }} "
            f"{p}-wire {{ fill: none; stroke: currentColor; stroke-width: 1.3; }} "
            f"{p}-back {{ fill: none; stroke: var(--g); stroke-width: 1.3;"
            f" stroke-dasharray: 4 3; }} "
            f"{p} text {{ fill: currentColor; white-space: pre; }} "
            f"{p} text{p}-small {{ font-size: 11px; }} "
            f"{p} text{p}-value {{ font-size: 11px; fill: var(--v); }} "
            f"{p} text{p}-gradient {{ font-size: 11px; fill: var(--g); }} "
            f"{p}-tip {{ fill: currentColor; }} {p}-back-tip {{ fill: var(--g); }}"
        )

    def _markers(self) -> Iterator[str]:
        p = self.prefix
        yield "<defs>"
        for name, tip in ((f"{p}-arrow", f"{p}-tip"), (f"{p}-return", f"{p}-back-tip")):
            yield (
                f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7"'
                ' markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
                f'<path class="{tip}" d="M0 .8 8 4 0 7.2z"/></marker>'
            )
        yield "</defs>"

    # -- nodes -------------------------------------------------------------------

    def _place(self, name: str) -> tuple[float, float]:
        """The left upper corner of a box."""
        (main, cross), (width, height) = self.drawing.places[name], self.sizes[name]
        if self.vertical:
            return cross - width / 2, main
        return main, cross - height / 2

    def _node(self, node: PictureNode) -> Iterator[str]:
        (x, y), (width, height) = self._place(node.name), self.sizes[node.name]
        yield f"<g><title>{_text(node.title)}</title>"
        yield self._outline(node.kind, x, y, width, height)
        lines = [(line, "") for line in node.lines]
        if node.shape != "scalar":
            lines.append((node.shape, f' class="{self.prefix}-small"'))
        top = y + height / 2 - len(lines) * LINE / 2 + LINE * 0.74
        for k, (line, more) in enumerate(lines):
            at = f'x="{x + width / 2:.1f}" y="{top + k * LINE:.1f}" text-anchor="middle"'
            yield f"<text {at}{more}>{_text(line)}</text>"
        yield "</g>"

    def _outline(self, kind: str, x: float, y: float, width: float, height: float) -> str:
        """Inputs have corners, parameters are pointed at their sides, constants dotted,
        operations round."""
        p = self.prefix
        classes = f"{p}-box"
        if kind == "parameter":
            x2, y2, side = x + width, y + height, min(PAD, height / 3)
            points = (
                f"{x + side:.1f},{y:.1f} {x2 - side:.1f},{y:.1f} {x2:.1f},{y + height / 2:.1f}"
                f" {x2 - side:.1f},{y2:.1f} {x + side:.1f},{y2:.1f} {x:.1f},{y + height / 2:.1f}"
            )
            return f'<polygon class="{classes}" points="{points}"/>'
        round_by = 0.0
        if kind == "constant":
            classes += f" {p}-constant"
        elif kind != "input":
            classes += f" {p}-node"
            round_by = min(14.0, height / 2)
        if kind in ("loss", "output"):
            classes += f" {p}-end"
        return (
            f'<rect class="{classes}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
            f' height="{height:.1f}" rx="{round_by:.1f}"/>'
        )

    # -- edges -------------------------------------------------------------------

    def _edge(self, edge: PictureEdge, route: Route) -> Iterator[str]:
        p = self.prefix
        forward, backward = self._paths(route, 5.0 if edge.flows else 0.0)
        yield f'<path class="{p}-wire" d="{forward}" marker-end="url(#{p}-arrow)"/>'
        if edge.flows:
            yield f'<path class="{p}-back" d="{backward}" marker-end="url(#{p}-return)"/>'
        start, _, cross = route[-1]
        for label, kind in _labels(edge):
            k = int(kind == "gradient")
            if self.vertical:
                at = f'x="{cross + (10 if edge.flows else 6):.1f}" y="{start + 13 + 14 * k:.1f}"'
            else:
                middle, y = start + self.label / 2 + 8, cross + (17.0 if k else -6.0)
                at = f'x="{middle:.1f}" y="{y:.1f}" text-anchor="middle"'
            yield f'<text class="{p}-{kind}" {at}>{_text(label)}</text>'

    def _paths(self, route: Route, aside: float) -> tuple[str, str]:
        """The wire, and the way back beside it."""
        points: list[tuple[str, list[tuple[float, float]]]] = []
        for k, (start, end, cross) in enumerate(route):
            if k:
                before, at = route[k - 1][1], route[k - 1][2]
                middle = (before + start) / 2
                points.append(("C", [(middle, at), (middle, cross), (start, cross)]))
            else:
                points.append(("M", [(start, cross)]))
            if end > start:
                points.append(("L", [(end, cross)]))
        forward = " ".join(f"{c}{' '.join(self._point(q, 0.0) for q in qs)}" for c, qs in points)
        flat = [q for _, qs in points for q in qs][::-1]
        kinds = [c for c, qs in points if c != "M"][::-1]
        backward, at = f"M{self._point(flat[0], aside)}", 1
        for kind in kinds:
            count = 3 if kind == "C" else 1
            backward += f" {kind}" + " ".join(self._point(q, aside) for q in flat[at : at + count])
            at += count
        return forward, backward

    def _point(self, at: tuple[float, float], aside: float) -> str:
        main, cross = at[0], at[1] + aside
        x, y = (cross, main) if self.vertical else (main, cross)
        return f"{x:.1f},{y:.1f}"

    # -- the key -----------------------------------------------------------------

    def _kinds(self) -> list[tuple[str, str]]:
        present = {n.kind if n.kind in KINDS_OF_VARIABLES else "node" for n in self.picture.nodes}
        return [(kind, label) for kind, label in KEY if kind in present]

    def _key_items(self) -> list[tuple[str, str]]:
        items = self._kinds()
        if self.picture.valued:
            items += [("value", "value")]
        if any(edge.flows for edge in self.picture.edges):
            items += [("gradient", "gradient, flowing back")]
        return items

    def _rows(self) -> list[list[tuple[str, str]]]:
        items = self._key_items()
        return [items[k : k + 2] for k in range(0, len(items), 2)] if self.vertical else [items]

    def _key_rows(self) -> int:
        return len(self._rows())

    def _key_width(self) -> float:
        return max(sum(len(label) * SMALL + 52 for _, label in row) for row in self._rows())

    def _key(self, y: float) -> Iterator[str]:
        p = self.prefix
        yield '<g aria-hidden="true">'
        for k, row in enumerate(self._rows()):
            x, at = 0.0, y + 20.0 * k
            for kind, label in row:
                if kind in ("value", "gradient"):
                    line = "wire" if kind == "value" else "back"
                    yield f'<path class="{p}-{line}" d="M{x:.1f},{at:.1f} h26"/>'
                    text = f"{p}-{kind}"
                else:
                    yield self._outline(kind, x + 1, at - 7, 24, 14)
                    text = f"{p}-small"
                yield f'<text class="{text}" x="{x + 32:.1f}" y="{at + 4:.1f}">{label}</text>'
                x += len(label) * SMALL + 52
        yield "</g>"


KINDS_OF_VARIABLES = ("input", "parameter", "constant")


def _labels(edge: PictureEdge) -> list[tuple[str, str]]:
    """What stands on an edge, with what it is: "value" or "gradient"."""
    times = f" {edge.times}×" if edge.times > 1 else ""
    labels = [((edge.forward + times).strip(), "value"), (edge.backward, "gradient")]
    return [(text, kind) for text, kind in labels if text]


def _text(text: str) -> str:
    return escape("".join(c if c.isprintable() else " " for c in text))
