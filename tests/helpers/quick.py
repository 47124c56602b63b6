"""`make quick`: run the tests that a change touches, nearest first, and say which. `make test` stays the judge.

A change is what differs from the branch `main`, or on it from the last commit, and what is not committed. Of a changed
module run: its own test, the tests that import it, and the tests of the modules that import it. A template or a script
belongs to the modules that name it or name a template that uses it, a helper to the tests that import it. Files beyond MOST and the browser's long
walks wait for the whole suite, unless they were changed themselves.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from helpers import ROOT, TESTS
from helpers.places import PACKAGE, its_test, modules

MOST = 8  # files: under a minute on two cores
TEMPLATES = ROOT / "templates"
ALWAYS = {"calendar_app/translations": "test_translations", "docs": "test_documents", "": "test_documents"}


def git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")[
        :-1
    ]


def changed() -> list[str]:
    """Paths, from the root of the project."""
    (head,) = git("rev-parse", "HEAD")
    base = (git("merge-base", "HEAD", "main") or [head])[0]
    since = base if base != head else "HEAD"
    paths = {*git("diff", "--name-only", since), *git("ls-files", "--others", "--exclude-standard")}
    return sorted(paths or set(git("diff", "--name-only", "HEAD~1")))


@cache
def imports(path: Path) -> frozenset[str]:
    """Modules that a file imports, as "calendar_app/dates/rrule" or "helpers/town"."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(name.replace(".", "/") for name in names if name.startswith(("calendar_app.", "helpers.")))


def named_in(name: str) -> list[str]:
    """The modules that name a template or the file of a script, then those that name a template which names it, and so on."""
    templates = {str(path.relative_to(TEMPLATES)): path.read_text() for path in sorted(TEMPLATES.rglob("*.html"))}
    names = [name]
    for nearer in names:  # grows while we walk
        names += [path for path, text in templates.items() if _names(text, nearer) and path not in names]
    sources = {module: (PACKAGE / f"{module}.py").read_text() for module in modules()}
    return list(dict.fromkeys(module for name in names for module, text in sources.items() if _names(text, name)))


def _names(text: str, name: str) -> bool:
    return f'"{name}"' in text or f"'{name}'" in text


def touched(path: str) -> list[str]:
    """Modules that a changed file of the application is, or belongs to."""
    if path.startswith("calendar_app/") and path.endswith(".py"):
        module = path.removeprefix("calendar_app/").removesuffix(".py")
        return [module] if module in modules() else []
    if path.startswith("templates/"):
        return named_in(path.removeprefix("templates/"))
    return named_in(Path(path).name) if path.startswith("calendar_app/static/") else []


def known_as(module: str) -> set[str]:
    """The names under which others import a module: its own, and that of its folder if that hands it on."""
    name = f"calendar_app/{module}".removesuffix("/__init__")
    folder = Path(name).parent
    return {name, str(folder)} if name in imports(ROOT / folder / "__init__.py") else {name}


def by_distance(paths: list[str]) -> Iterator[Path]:
    """Tests, the nearest to the change first; some come twice."""
    tests = sorted(TESTS.rglob("test_*.py"))
    touched_modules = [module for path in paths for module in touched(path)]
    yield from (ROOT / path for path in paths if ROOT / path in tests)
    yield from filter(None, map(its_test, touched_modules))
    yield from (TESTS / f"{test}.py" for start, test in ALWAYS.items() for path in paths if _under(path, start))
    helpers = {f"helpers/{Path(path).stem}" for path in paths if path.startswith("tests/helpers/")}
    wanted = {name for module in touched_modules for name in known_as(module)} | helpers
    nearest = [test for test in tests if imports(test) & wanted]
    yield from sorted(nearest, key=lambda test: len(imports(test)))  # who imports little asks about little
    above = [module for module in modules() if imports(PACKAGE / f"{module}.py") & wanted]
    yield from filter(None, map(its_test, above))


def _under(path: str, start: str) -> bool:
    return path.startswith(f"{start}/") if start else "/" not in path and path.endswith(".md")


def main() -> int:
    paths = changed()
    tests = list(dict.fromkeys(by_distance(paths)))
    long = [test for test in tests if test.parent.name == "end_to_end" and str(test.relative_to(ROOT)) not in paths]
    near = [test for test in tests if test not in long and test.exists()]
    run, left = near[:MOST], near[MOST:] + long
    print(f"{len(paths)} files changed; tests of {len(run)} files, {len(left)} more wait for `make test`")
    for test in run:
        print(f"  {test.relative_to(ROOT)}")
    architecture = ["tests/test_architecture.py"] if any(path.endswith(".py") for path in paths) else []
    return subprocess.run(
        [sys.executable, "-m", "pytest", *architecture, *map(str, run), *sys.argv[1:]], cwd=ROOT
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
