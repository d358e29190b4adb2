"""The head of forward in a module with loops: lists checked, depths and sizes read off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matcalc.depth.index import Index, split_member
from matcalc.depth.template import Declared, Template
from matcalc.errors import CannotDerive
from matcalc.expressions.dimension import ONE, Dimension
from matcalc.generation.loop_parts import argument


class LoopEntrance:
    """``local`` gives every name its identifier inside of functions."""

    def __init__(self, template: Template, local: Mapping[str, str]) -> None:
        self.template, self.local = template, local
        self.counts = {n: list(self._counting(n)) for n in template.depths}
        self.extra = [n for n, found in self.counts.items() if not found]
        "Depths that no list shows: arguments of their own."
        self.shown = self._shown()

    @property
    def names(self) -> list[str]:
        return [*(argument(d) for d in self.template.declared), *self.extra]

    @property
    def signature(self) -> str:
        return ", ".join(self.names)

    def words(self) -> str:
        rows = []
        for d in self.template.declared:
            sizes = ", ".join(map(str, d.variable.shape))
            many = f", a list for {d.letter} = {d.first}, ..., {d.last}" if d.letter else ""
            rows.append(f"{argument(d)} ({sizes}){many}")
        return "; ".join(rows) + "."

    # -- depths ---------------------------------------------------------------------

    def _counting(self, depth: str) -> Iterable[tuple[str, str]]:
        """Lists whose length shows a depth, with the depth that each says."""
        for d in self.template.declared:
            if d.letter and d.last.base == depth and not d.first.base:
                more = d.first.shift - d.last.shift - 1
                sign = f" {'+' if more > 0 else '-'} {abs(more)}" if more else ""
                yield argument(d), f"len({argument(d)}){sign}"

    def _shown(self) -> dict[str, tuple[str, int]]:
        """Plain sizes that some array shows: the array and its axis."""
        found: dict[str, tuple[str, int]] = {}
        for d in self.template.declared:
            own = self.local[argument(d)]
            array = f"next(iter({own}.values()))" if d.letter else own
            for axis, size in enumerate(d.variable.shape):
                name = str(size)
                if name in self.template.dims:
                    found.setdefault(name, (array, axis))
        return found

    # -- text -----------------------------------------------------------------------

    def shapes(self) -> str:
        rows = []
        for d in self.template.declared:
            ends = [_end(i) for i in (d.first, d.last)] if d.letter else ["None", "None"]
            sizes = "".join(f"{_size(s, d)}, " for s in d.variable.shape)
            rows.append(f'    "{argument(d)}": ({ends[0]}, {ends[1]}, ({sizes.rstrip()})),')
        return "\n".join(["_SHAPES = {", *rows, "}", ""])

    def lines(self, sizes: Iterable[str]) -> list[str]:
        """Depths, checked arrays, the cache with what was given, and plain sizes."""
        lines = []
        for name, found in self.counts.items():
            if name in self.extra:
                if self.local[name] != name:
                    lines.append(f"{self.local[name]} = {name}")
                continue
            said = ", ".join(f"{own}={text}" for own, text in found)
            lines.append(f'{self.local[name]} = _depth("{name}", {said})')
        depths = ", ".join(f'"{n}": {self.local[n]}' for n in self.template.depths)
        arguments = [argument(d) for d in self.template.declared]
        given = ", ".join(f"{n}={n}" for n in arguments)
        targets = ", ".join(self.local[n] for n in arguments)
        pairs = ", ".join(f'"{n}": {n}' for n in arguments)
        lines.append(f"_given = {{{pairs}}}")
        comma = "," if len(arguments) == 1 else ""
        lines.append(f"{targets}{comma} = _checked_lists(_SHAPES, {{{depths}}}, {given})")
        lines.append(f"dtype = {self._model()}.dtype")
        lines += [self._scalar(d) for d in self.template.declared if _one_by_one(d)]
        lines.append('cache = {"float type": dtype, "given": _given}')
        lines += [f'cache["{n}"] = {self.local[n]}' for n in self.template.depths]
        for name in sizes:
            array, axis = self.shown[name]
            lines.append(f"{self.local[name]} = {array}.shape[{axis}]")
        return lines

    def _model(self) -> str:
        if not self.template.declared:
            raise CannotDerive("a network without variables has no code")
        d = self.template.declared[0]
        own = self.local[argument(d)]
        return f"next(iter({own}.values()))" if d.letter else own

    def _scalar(self, d: Declared) -> str:
        own = self.local[argument(d)]
        if d.letter:
            return f"{own} = {{k: array[0, 0] for k, array in {own}.items()}}"
        return f"{own} = {own}[0, 0]"


def _one_by_one(d: Declared) -> bool:
    return d.variable.shape == (ONE, ONE)


def _end(index: Index) -> str:
    return f'("{index.base}", {index.shift})'


def _size(size: Dimension, d: Declared) -> str:
    """A number, a name, or (family, "*" or depth, shift) of a family of sizes."""
    if size.constant is not None:
        return str(size.constant)
    found = split_member(str(size))
    if found is None:
        return f'"{size}"'
    base = "*" if d.letter and found[1].base == d.letter else found[1].base
    return f'("{found[0]}", "{base}", {found[1].shift})'
