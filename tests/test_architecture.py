"""The picture in docs/architecture.md, held against the code's own imports."""

import ast
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import matcalc

ROOT = Path(matcalc.__file__).parent
FILES = {
    "matcalc." + str(path.relative_to(ROOT).with_suffix("")).replace("/", "."): path
    for path in ROOT.rglob("*.py")
    if path.name != "__init__.py"
}
HOMES = {"yaml": "declaration", "click": "cli", "sympy": "sympy_bridge"}


def imports(path, *, everywhere):
    """The modules that a file imports: at its top, or everywhere in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if everywhere else tree.body
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_run_one_way():
    graph = {
        name: set(imports(path, everywhere=False)) & set(FILES) for name, path in FILES.items()
    }
    list(TopologicalSorter(graph).static_order())


def test_every_library_has_one_home():
    for name, path in FILES.items():
        for module in imports(path, everywhere=True):
            library = module.split(".")[0]
            if library in HOMES:
                assert name.startswith(f"matcalc.{HOMES[library]}"), (name, module)


def test_the_engine_knows_no_command_line_and_no_rule_knows_a_layout():
    for name, path in FILES.items():
        used = set(imports(path, everywhere=True))
        assert not any(module.startswith("matcalc.cli") for module in used), name
        if name.startswith(("matcalc.operations", "matcalc.linear_maps", "matcalc.simplify")):
            assert not any("layout" in module for module in used), name


def test_every_folder_is_in_the_wheel():
    settings = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
    folders = {f"matcalc.{path.parent.name}" for path in ROOT.glob("*/__init__.py")}
    listed = set(settings["tool"]["setuptools"]["packages"])
    assert listed == folders | {"matcalc", "matcalc.cli"}


def test_every_data_file_is_in_the_wheel():
    settings = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
    data = settings["tool"]["setuptools"]["package-data"]
    listed = {
        ROOT.parent.joinpath(*package.split("."), name)
        for package, names in data.items()
        for name in names
    }
    there = {path for path in ROOT.rglob("*") if path.is_file() and path.suffix != ".py"}
    assert listed == {path for path in there if "__pycache__" not in path.parts}


def test_every_folder_is_on_the_architecture_page():
    page = (ROOT.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    for folder in ROOT.iterdir():
        if (folder / "__init__.py").exists():
            assert f"`{folder.name}/`" in page, folder.name
