"""`calendar-app routes`: the list of all addresses, made from the code; docs/routes.md is its --markdown form."""

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from calendar_app.config import Config

if TYPE_CHECKING:
    from flask import Flask

PARTS = ("Public pages and feeds", "Staff desk", "Static files")
# Purposes of the views of libraries, whose docstrings describe the implementation.
LIBRARY_VIEWS = {
    "static": "Send the stylesheets, scripts and icons.",
}


class Route(NamedTuple):
    address: str
    methods: str
    module: str
    purpose: str


@click.command("routes")
@click.option("--markdown", is_flag=True, help="As the page docs/routes.md.")
@click.pass_obj
def routes(config: Config, markdown: bool) -> None:
    """List every address: methods, module and purpose."""
    from calendar_app import create_app

    listed = routes_of(create_app(config))
    click.echo(markdown_page(listed) if markdown else text_table(listed), nl=not markdown)


def routes_of(app: "Flask") -> list[Route]:
    """List the routes of an application, sorted by address; HEAD and OPTIONS come with every GET and are left out."""
    return sorted(
        Route(
            rule.rule,
            " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})),
            _module(app.view_functions[rule.endpoint]),
            LIBRARY_VIEWS.get(rule.endpoint) or first_line(app.view_functions[rule.endpoint]),
        )
        for rule in app.url_map.iter_rules()
    )


def first_line(view: Callable[..., Any]) -> str:
    """Return the first line of a view's docstring, "" without one."""
    return (inspect.getdoc(view) or "").partition("\n")[0]


def part_of(address: str) -> str:
    """Return the heading of docs/routes.md that an address stands under."""
    public, staff, static = PARTS
    return static if "static" in address else staff if address.startswith("/staff") else public


def text_table(routes: list[Route]) -> str:
    """Format routes for a terminal, two lines each: addresses are too long for columns."""
    return "\n".join(f"{route.address}  {route.methods}\n    {route.purpose}  ({route.module})" for route in routes)


def markdown_page(routes: list[Route]) -> str:
    """Format routes as docs/routes.md, one table for each part."""
    return "\n".join(_markdown_lines(routes)) + "\n"


def _markdown_lines(routes: list[Route]) -> Iterator[str]:
    yield "# Routes"
    yield ""
    yield "Every address of the application. `make routes` writes this page from the code; a test keeps it up to date."
    for part in PARTS:
        yield from ("", f"## {part}", "", "| address | module | purpose |", "| --- | --- | --- |")
        for route in routes:
            if part_of(route.address) == part:
                yield f"| {route.methods} `{route.address}` | `{route.module}` | {route.purpose} |"


def _module(view: Callable[..., Any]) -> str:
    return view.__module__.removeprefix("calendar_app.")
