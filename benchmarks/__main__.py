"""Our server beside nginx serving the same bytes, on the same machine in the same minute. Read the ratios.

One server process of ours, one nginx worker; the load comes from wrk on the same machine, so absolute numbers mean little.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from helpers.services import LOOPBACK, Server, free_port

PATHS = {
    "calendar.ics": "/calendar.ics",
    "month page": "/calendar/",
    "feed.atom": "/feed.atom",
}
ROUNDS, SECONDS, CONNECTIONS = 3, 2, 16

NGINX = """
worker_processes 1; daemon off; pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; etag on; gzip_static on; default_type application/octet-stream;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  keepalive_requests 10000000;
  server {{ listen {address}:{port}; root {folder}/www; }}
}}
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as folder:
        instance = Path(folder) / "instance"
        _prepare(instance)
        with Server(instance) as ours:
            _misses(ours.url)
            files = _fetch_all(ours.url, Path(folder) / "www")
            with _nginx(Path(folder)) as theirs:
                _compare(ours.url, theirs, files)


def _prepare(instance: Path) -> None:
    for command in (["init"], ["demo"]):
        done = subprocess.run(
            [sys.executable, "-m", "calendar_app.cli", *command],
            cwd=ROOT,
            env=_environment(instance),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)


def _environment(instance: Path) -> dict[str, str]:
    import os

    return dict(os.environ) | {"CALENDAR_INSTANCE": str(instance)}


def _fetch_all(base: str, www: Path) -> dict[str, str]:
    """Write the responses for nginx, plain and compressed by our server. Return the file name by address."""
    www.mkdir()
    files = {}
    for number, (name, path) in enumerate(PATHS.items()):
        files[name] = f"/{number}"
        (www / str(number)).write_bytes(_get(base + path)[0])
        (www / f"{number}.gz").write_bytes(_get(base + path, "gzip")[0])
    return files


def _get(url: str, encoding: str = "identity") -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": encoding})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


@contextmanager
def _nginx(folder: Path) -> Iterator[str]:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    port = free_port()
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, address=LOOPBACK, port=port))
    folder.chmod(0o755)
    process = subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait()


def _compare(ours: str, theirs: str, files: dict[str, str]) -> None:
    print(f"\n{'answer':32}{'ours /s':>10}{'nginx /s':>10}{'of nginx':>10}")
    for name, path in PATHS.items():
        for case, encoding in (("plain", "identity"), ("gzip", "gzip"), ("304", "gzip")):
            addresses = (ours + path, theirs + files[name])
            rates = [[_rate(address, encoding, case == "304") for address in addresses] for _ in range(ROUNDS)]
            ratio = median(mine / other for mine, other in rates)
            mine, other = (median(column) for column in zip(*rates, strict=True))
            print(f"{name + ' ' + case:32}{mine:10,.0f}{other:10,.0f}{ratio:10.2f}")


def _rate(url: str, encoding: str, conditional: bool) -> float:
    headers = ["-H", f"Accept-Encoding: {encoding}"]
    if conditional:
        headers += ["-H", f"If-None-Match: {_get(url, encoding)[1]['etag']}"]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *headers, url]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    if not rate or ("Non-2xx" in printed and not conditional):
        raise SystemExit(f"wrk measured nothing at {url}:\n{printed}")
    return float(rate[1])


def _misses(base: str) -> None:
    """Measure an answer without the cache: the first reader after a change waits this long."""
    print(f"{'first reader after a change':32}{'ms':>10}{'kB':>10}{'events':>10}")
    for name, path in PATHS.items():
        begun = time.perf_counter()
        body, _ = _get(base + path)
        spent = (time.perf_counter() - begun) * 1000
        events = body.count(b"BEGIN:VEVENT") or ""
        print(f"{name:32}{spent:10.1f}{len(body) / 1000:10.1f}{events!s:>10}")
    json.loads(_get(base + "/healthz")[0])


if __name__ == "__main__":
    main()
