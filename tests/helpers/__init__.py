"""What the tests stand on: a town, real servers and browsers, samples, and other people's programs."""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent  # of the project
DATA = TESTS / "data"
