"""Type the blocks of "Production in ten minutes" (docs/operating.md) into a bare Debian, and see that a town runs there behind nginx.

`python -m benchmarks.ten_minutes FOLDER`, as root; FOLDER is made by debootstrap (--variant=minbase) and can be used once. The
first block has the network; the others run in a network of their own, with nobody but themselves. A folder has no systemd and no
public name, so three small programs stand in: `systemctl` and `systemd-run` do what the unit and the words say (account, settings,
folders, command), `certbot` gives a certificate made here. What the unit forbids (ProtectSystem and the like) is not tried.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from helpers.documents import MARKDOWN

HOST = "calendar.city.example.jp"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSWORD = "correct horse battery"
STAND_INS = {
    "systemd-run": """
while [[ $1 == --* ]]; do
    case $1 in
        --uid=*) account=${1#*=} ;;
        --property=EnvironmentFile=*) set -a; . "${1##*=}"; set +a ;;
        --setenv=*) export "${1#--setenv=}" ;;
    esac
    shift
done
exec setpriv --reuid="$account" --regid="$account" --init-groups "$@"
""",
    "systemctl": """
unit=${@: -1} town=${unit#*@}
[[ $unit != nginx ]] || { nginx -s reload 2>/dev/null || nginx; exit; }
file=/etc/systemd/system/calendar-app@.service
said() { sed -n "s/^$1=//p" $file | sed "s/%i/$town/g" | head -1; }
case $1 in
    enable | start)
        install -d -m "$(said CacheDirectoryMode)" -o "$(said User)" -g "$(said Group)" "/var/cache/$(said CacheDirectory)"
        set -a; . "$(said EnvironmentFile)"; export "$(said Environment)"; set +a
        umask "$(said UMask)"
        setsid setpriv --reuid="$(said User)" --regid="$(said Group)" --init-groups $(eval echo "$(said ExecStart)") \\
            >>/var/log/$town.log 2>&1 </dev/null &
        echo $! >/run/$town.pid ;;
    stop) kill "$(cat /run/$town.pid)"; while kill -0 "$(cat /run/$town.pid)" 2>/dev/null; do sleep 0.1; done ;;
esac
""",
    "certbot": """
install -d "/etc/letsencrypt/live/${@: -1}"
cp /root/*.pem "/etc/letsencrypt/live/${@: -1}/"
""",
}
# Ask through nginx, as a reader does: what each address answers, and a number for its bytes.
ASK = """
import hashlib, http.client, ssl, time
def ask(path):
    asked = http.client.HTTPSConnection("HOST", context=ssl._create_unverified_context(), timeout=60)
    asked.request("GET", path)
    answer = asked.getresponse()
    return answer.status, hashlib.sha256(answer.read()).hexdigest()[:16]
for _ in range(600):
    try:
        if ask("/readyz")[0] == 200:
            break
    except OSError:
        pass
    time.sleep(0.1)
for path, wanted in {"/": 200, "/calendar.ics": 200, "/feed.atom": 200, "/feed.json": 200, "/staff/sign-in": 200, "/metrics": 404}.items():
    status, number = ask(path)
    assert status == wanted, (path, status)
    print(path, status, "" if "staff" in path else number)
"""
AGAIN = """
python3 /root/ask.py >/root/before
systemctl stop calendar-app@semboku
as_town semboku restore --replace "$(ls -1 /srv/backups/semboku/*.tar | tail -1)"
systemctl start calendar-app@semboku
python3 /root/ask.py >/root/after
cat /root/after
cmp /root/before /root/after
"""


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    first, *others = blocks()
    prepare(folder)
    write(folder, "first", [first.replace("git clone …", "git clone --quiet /root/source.git")])
    write(folder, "others", [*others, AGAIN], after="python3 /root/ask.py")
    surroundings = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PATH": PATH}
    for name, unshare in (("first", "--pid --mount --fork"), ("others", "--net --pid --mount --fork")):
        begun = time.monotonic()
        ready = f"ip link set lo up; mount -t proc proc {folder}/proc; exec chroot {folder} bash -e /root/{name}"
        typed = f"{PASSWORD}\n{PASSWORD}\n"
        subprocess.run(
            ["unshare", *unshare.split(), "bash", "-c", ready], input=typed, text=True, check=True, env=surroundings
        )
        print(f"--- {name}: {time.monotonic() - begun:.0f} s", flush=True)


def blocks() -> list[str]:
    """The blocks of code of the section, in order."""
    text = (ROOT / "docs/operating.md").read_text().split("## Production in ten minutes\n")[1].split("\n## ")[0]
    return [token.content for token in MARKDOWN.parse(text) if token.type == "code_block"]


def prepare(folder: Path) -> None:
    """Put there what the network would give: the source, a certificate, a name; and the stand-ins."""
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, folder / "root/source.git"], check=True)
    with (folder / "etc/hosts").open("a") as hosts:
        hosts.write(f"127.0.0.1 localhost {HOST}\n")
    certificate = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST} -keyout privkey.pem -out fullchain.pem"
    )
    subprocess.run(certificate.split(), cwd=folder / "root", check=True, capture_output=True)
    (folder / "root/ask.py").write_text(ASK.replace("HOST", HOST))
    for name, script in STAND_INS.items():
        path = folder / "usr/local/bin" / name
        path.write_text(f"#!/bin/bash -e{script}")
        path.chmod(0o755)


def write(folder: Path, name: str, typed: list[str], after: str = "") -> None:
    """A script of these blocks that says when each begins; `after` runs behind all blocks but the last."""
    parts = [f'echo "--- block, after $SECONDS s"\n{block}' for block in typed]
    parts.insert(len(parts) - 1, after)
    (folder / "root" / name).write_text("\n".join(parts))


if __name__ == "__main__":
    main()
