"""The test of a module is found by its name, or a table says where else; and nothing in the table is out of date."""

import pytest

from helpers.places import ELSEWHERE, entry_of, its_test, modules, of_its_name


def test_every_module_has_its_test() -> None:
    tests = {module: its_test(module) for module in modules()}
    assert len(tests) > 200
    assert [module for module, test in tests.items() if not test or not test.exists()] == []


@pytest.mark.parametrize("entry", ELSEWHERE)
def test_the_table_names_only_what_is_tested_elsewhere(entry: str) -> None:
    assert [module for module in modules() if entry_of(module) == entry and not of_its_name(module).exists()], entry
