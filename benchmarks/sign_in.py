"""Monday morning: 30 people sign in from one address at once, while four colleagues save. Read the ratio of the saves.

A real `serve` on SQLite, over HTTP. A save is the posting of an announcement by a person who has signed in before.
"""

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from calendar_app.db.engine import make_engine, write_session
from helpers.services import Server
from helpers.town import person

PEOPLE, WRITERS, SAVES = 30, 4, 15
PASSWORD = "correct horse battery"


class Browser:
    def __init__(self, url: str) -> None:
        self.url, self.opener = url, build_opener(HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        data = urlencode(form).encode() if form else None
        request = Request(self.url + path, data, {"Referer": self.url + path})
        try:
            with self.opener.open(request, timeout=60) as answer:
                return (answer.status if "sign-in" not in answer.url else 401), answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def send(self, path: str, form: dict[str, str]) -> int:
        page = self.ask(path, None)[1]
        token, key = (re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in ("csrf_token", "key"))
        more = {"csrf_token": token[1] if token else "", "key": key[1] if key else ""}
        return self.ask(path, form | more)[0]

    def sign_in(self, number: int) -> int:
        return self.send("/staff/sign-in", {"email": f"p{number}@example.jp", "password": PASSWORD, "remember": "y"})


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="calendar-signin-") as folder:
        instance = Path(folder)
        subprocess.run([sys.executable, "-m", "calendar_app.cli", "init"], cwd=ROOT, check=True,
                       env={"CALENDAR_INSTANCE": folder, "PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL)  # fmt: skip
        engine = make_engine(f"sqlite:///{instance}/calendar.db")
        set_up_people(engine)
        with Server(instance) as server:
            measure(server.url)


def set_up_people(engine: object) -> None:
    from calendar_app.db.models import Department

    with write_session(engine) as session:  # type: ignore[arg-type]
        session.add(Department(id=1, slug="kanko", name="観光課", name_en="Tourism"))
        session.flush()
        for number in range(PEOPLE + WRITERS):
            person(session, f"p{number}@example.jp")
        session.commit()


def measure(url: str) -> None:
    writers = [Browser(url) for _ in range(WRITERS)]
    assert {writer.sign_in(PEOPLE + number) for number, writer in enumerate(writers)} == {200}
    answers: Counter[str] = Counter()
    saves_of(writers, answers)  # warm
    quiet = saves_of(writers, answers)
    busy_until: list[float] = []

    def everybody() -> None:
        with ThreadPoolExecutor(PEOPLE) as pool:
            begun = time.perf_counter()
            codes = list(pool.map(lambda number: Browser(url).sign_in(number), range(PEOPLE)))
            busy_until.append(time.perf_counter() - begun)
        answers.update(f"sign-in {code}" for code in codes)

    crowd = threading.Thread(target=everybody)
    crowd.start()
    busy = saves_of(writers, answers, crowd.is_alive)
    crowd.join()
    print(f"{PEOPLE} sign-ins in {busy_until[0]:.1f} s; answers {dict(answers)}")
    for name, taken in (("quiet", quiet), ("Monday", busy)):
        print(f"{name:<8}{len(taken)} saves, median {median(taken) * 1000:.0f} ms, slowest {max(taken) * 1000:.0f} ms")
    print(f"ratio of the medians {median(busy) / median(quiet):.2f}")


def saves_of(writers: list[Browser], answers: Counter[str], go_on: Callable[[], bool] | None = None) -> list[float]:
    """Seconds of each save, all writers at once: a fixed number each, or as long as `go_on` says."""

    def write(writer: Browser) -> list[float]:
        taken: list[float] = []
        while go_on() if go_on else len(taken) < SAVES:
            path = "/staff/announcements/new"
            page = writer.ask(path)[1]
            token, key = (re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in ("csrf_token", "key"))
            assert token
            assert key
            form = {"title": f"お知らせ {datetime.now(UTC):%H%M%S%f}", "department_id": "1", "warned": "y"}
            form |= {"action": "publish", "importance": "normal", "csrf_token": token[1], "key": key[1]}
            begun = time.perf_counter()
            code = writer.ask(path, form)[0]  # with the page that follows
            taken.append(time.perf_counter() - begun)
            answers[f"save {code}"] += 1
        return taken

    with ThreadPoolExecutor(len(writers)) as pool:
        return [seconds for times in pool.map(write, writers) for seconds in times]


if __name__ == "__main__":
    main()
