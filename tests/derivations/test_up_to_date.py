"""The stored derivations are what matcalc writes now, each in its notes' arrangement."""

import re

import pytest

from derivations.write import HERE, derivation, network_files
from matcalc.declaration import load
from matcalc.layout.layout import PRESETS, as_layout

FILES = network_files()
NAMES = [str(path.relative_to(HERE)) for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_stored_derivation_is_up_to_date(path):
    stored = path.with_suffix(".md").read_text(encoding="utf-8")
    assert stored == derivation(path), "write it again: make derivations"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_declares_what_its_notes_use(path):
    network, preset = load(path), PRESETS[path.parent.name]
    assert as_layout(network.layout) == preset.layout
    if path.stem != "images":  # a batch of images has rows, in notes of columns
        assert network.convention is preset.convention


def test_every_set_of_notes_has_a_folder_and_every_derivation_its_file():
    assert {path.parent.name for path in FILES} == set(PRESETS)
    written = {path.with_suffix("") for path in HERE.glob("*/*.md") if path.stem != "README"}
    assert written == {path.with_suffix("") for path in FILES}


def test_the_table_links_to_files_that_exist_and_leaves_none_out():
    text = (HERE / "README.md").read_text(encoding="utf-8")
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target}
    assert all((HERE / target).exists() for target in linked)
    assert {f"{name.removesuffix('.yaml')}.md" for name in NAMES} <= linked
    assert set(NAMES) <= linked
