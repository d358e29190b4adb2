"""The stored derivations are what matcalc writes now, each in its notes' arrangement and way."""

import re

import pytest

from derivations.build import document, place
from derivations.write import HERE, MORE, OWN, TRACED, name_of, network_files, stored, traces
from matcalc.declaration import load
from matcalc.layout.layout import PRESETS, as_layout
from matcalc.reasoning.styles import STYLES

FILES = network_files()
NAMES = [str(path.relative_to(HERE)) for path in FILES]
STORED = stored()
LINK = re.compile(r"\]\(([^)#]+)\)")


@pytest.mark.parametrize("one", STORED, ids=[str(one.target.relative_to(HERE)) for one in STORED])
def test_a_stored_derivation_is_up_to_date(one):
    written = one.target.read_text(encoding="utf-8")
    assert written == one.text(), "write it again: make derivations"


def test_the_stored_traces_are_up_to_date():
    for target, text in traces():
        assert target.read_text(encoding="utf-8") == text, "write it again: make derivations"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_declares_what_its_notes_use(path):
    network, preset = load(path), PRESETS[path.parent.name]
    assert as_layout(network.layout) == preset.layout
    if path.stem != "images":  # a batch of images has rows, in notes of columns
        assert network.convention is preset.convention


def test_every_set_of_notes_has_its_way_and_every_exception_its_file():
    assert {path.parent.name for path in FILES} == set(PRESETS)
    known = {name_of(path) for path in FILES}
    assert set(OWN) <= known | set(PRESETS) and set(PRESETS) <= set(OWN)
    assert set(MORE) | set(TRACED) <= known
    assert set(OWN.values()) <= set(STYLES)
    assert {way for ways in MORE.values() for way in ways} <= {*STYLES, "column"}


def test_nothing_is_stored_that_is_not_written():
    written = {one.target for one in STORED} | {target for target, _ in traces()}
    there = {path for ending in ("md", "svg") for path in HERE.glob(f"*/*.{ending}")}
    assert {path for path in there if path.name != "README.md"} == written


def test_the_table_links_to_files_that_exist_and_leaves_none_out():
    text = (HERE / "README.md").read_text(encoding="utf-8")
    linked = {target for target in LINK.findall(text) if "://" not in target}
    assert all((HERE / target).exists() for target in linked)
    assert {str(one.target.relative_to(HERE)) for one in STORED} <= linked
    assert {str(target.relative_to(HERE)) for target, _ in traces()} <= linked
    assert set(NAMES) <= linked


def test_documents_have_places_of_their_own():
    places = [place(one, "pdf") for one in STORED]
    assert len(set(places)) == len(STORED)
    assert document(STORED[0]).startswith(r"\documentclass")
