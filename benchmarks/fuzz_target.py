"""Run one target of `benchmarks.fuzz` under atheris: it imports the code with its branches counted, and never returns."""

import sys

import atheris

from benchmarks import fuzz


def main() -> None:
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["calendar_app", "PIL", "markdown_it"]):
        read = getattr(fuzz, name)()
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
