"""Imports point one way, so that a part can be read, and replaced, alone."""
import ast

import pytest

from tests.command_line import ROOT

PACKAGE = ROOT / 'protune_mm'
# From what stands alone to what is built of everything else.
ROOMS = ('tuning', 'execution', 'hosts', 'layers', 'methods', 'models',
         'datasets', 'evaluation', 'visualization', 'engine', 'preflight',
         'costs', 'publishing', 'apis', 'export', 'serving', 'cli',
         'reproduction')


def rooms_of(tree):
    """The rooms that a file imports from; its own package by dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split('.')
            if parts[0] == 'protune_mm' and len(parts) > 1:
                yield parts[1]


def test_every_room_has_its_place():
    there = {p.parent.name for p in PACKAGE.glob('*/__init__.py')}
    assert there == set(ROOMS)


@pytest.mark.parametrize('room', ROOMS)
def test_imports_point_one_way(room):
    later = ROOMS[ROOMS.index(room) + 1:]
    for file in (PACKAGE / room).rglob('*.py'):
        found = set(rooms_of(ast.parse(file.read_text()))) & set(later)
        assert not found, f'{file} imports {sorted(found)}'


def test_dots_stay_inside_a_room():
    """So that the test above sees every import between rooms."""
    for room in ROOMS:
        for file in (PACKAGE / room).rglob('*.py'):
            depth = len(file.relative_to(PACKAGE / room).parts)
            for node in ast.walk(ast.parse(file.read_text())):
                assert getattr(node, 'level', 0) <= depth, file


def test_nothing_but_tools_needs_the_tables_of_papers():
    for file in PACKAGE.rglob('*.py'):
        if file.relative_to(PACKAGE).parts[0] != 'reproduction':
            tree = ast.parse(file.read_text())
            assert 'reproduction' not in set(rooms_of(tree)), file
