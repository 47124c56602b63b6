"""The list of all addresses."""

from click.testing import CliRunner
from flask import Flask

from calendar_app.cli.routes import markdown_page, routes, routes_of
from calendar_app.config import Config
from helpers import ROOT


def test_every_view_says_what_its_address_does(app: Flask) -> None:
    assert [route.address for route in routes_of(app) if not route.purpose.endswith((".", ")"))] == []


def test_the_page_of_routes_is_up_to_date(app: Flask) -> None:
    """`make routes` writes it."""
    assert (ROOT / "docs/routes.md").read_text() == markdown_page(routes_of(app))


def test_the_command_lists_every_address(app: Flask, config: Config) -> None:
    told = CliRunner().invoke(routes, obj=config).output
    assert all(f"{rule.rule}  " in told for rule in app.url_map.iter_rules())
