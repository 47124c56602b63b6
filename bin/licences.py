"""Print name, version and licence of each package of a lock file, as the installed packages state them."""

import re
import sys
from importlib import metadata
from pathlib import Path

CLASSIFIER = "License :: "


def licence(name: str) -> str:
    """The licence expression of a package, else its classifiers, else the first line of its text; "not installed here"."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed here"
    classified = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith(CLASSIFIER)]
    first = next(iter((about.get("License") or "").strip().splitlines()), "")
    return str(about.get("License-Expression") or ", ".join(classified) or first or "not stated")


for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", Path(sys.argv[1]).read_text(), re.M):
    print(f"{name} {version}: {licence(name)}")
