"""The invented city of the measurements, a row of their table, and how the CPU time of a request is taken."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from flask.testing import FlaskClient

from calendar_app import create_app
from calendar_app.config import Config, load

ROOT = Path(__file__).resolve().parent.parent


class Row(NamedTuple):
    """One line of the table. `met` is None where there is no goal, or nothing was measured."""

    work: str
    figure: str
    goal: str = ""
    met: bool | None = None


def limit(work: str, figure: float, most: float, unit: str = "", digits: int = 1) -> Row:
    """A row whose figure should be at most this."""
    return Row(work, f"{figure:.{digits}f}{unit}", f"≤ {most:g}{unit}", figure <= most)


def made(folder: Path, events: int, url: str = "") -> Config:
    """Set up an installation in a folder and invent its city: the same for the same number of events."""
    environment = {"CALENDAR_INSTANCE": str(folder)} | ({"CALENDAR_DATABASE_URL": url} if url else {})
    for command in (["init"], ["demo", "--events", str(events), "--seed", "1"]):
        program = [sys.executable, "-m", "calendar_app.cli", *command]
        done = subprocess.run(program, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
    return load(environment)


def copied(folder: Path, city: Path) -> Config:
    """Copy the installation of a city that was made before."""
    shutil.copytree(city, folder)
    return load({"CALENDAR_INSTANCE": str(folder)})


def started(config: Config) -> FlaskClient:
    """A client of a new application, as after a restart, whose first page is compiled."""
    client = create_app(config).test_client()
    client.get("/healthz")
    return client


def cost(client: FlaskClient, address: str) -> float:
    """CPU milliseconds of one request. Raises SystemExit when it is not answered."""

    def ask() -> None:
        if client.get(address).status_code != 200:
            raise SystemExit(f"{address} is not answered")

    return timed(ask)


def timed(work: Callable[[], Any]) -> float:
    """CPU milliseconds of this process for a piece of work."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000
