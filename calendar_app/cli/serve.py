"""`calendar-app serve`: the server's processes, and the worker beside them. Each imports the application for itself."""

import subprocess
import sys
import threading
import time

import click

from calendar_app.config import Config

STUCK = 600.0  # seconds without a round of the worker
PAUSE = 2.0  # before it is started again
GRACE = 8.0  # for the worker to end by itself


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--no-worker", is_flag=True, help="Leave due work to a separate `calendar-app work`.")
@click.pass_obj
def serve(config: Config, host: str, port: int, no_worker: bool) -> None:
    """Serve on HOST:PORT, with the worker for due work beside it."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    stopping = threading.Event()
    keeper = threading.Thread(target=keep_worker, args=(config, stopping))
    if not no_worker:
        keeper.start()
    click.echo(f"serving on http://{host}:{port}  (Ctrl+C stops)")
    try:
        Granian(
            "calendar_app:create_app",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=config.processes,
            blocking_threads=config.threads,
            log_level=LogLevels.warning,
        ).serve()
    finally:
        stopping.set()
        if not no_worker:
            keeper.join()


def keep_worker(config: Config, stopping: threading.Event) -> None:
    """Run the worker until `stopping` is set. Start it again when it ends, or when it has not been heard of for ten minutes."""
    while not stopping.is_set():
        begun = time.time()
        worker = subprocess.Popen([sys.executable, "-m", "calendar_app.cli", "work"])
        while worker.poll() is None and not stopping.wait(0.5):
            if time.time() - max(begun, config.worker_seen) > STUCK:
                click.echo("the worker does not move any more", err=True)
                worker.kill()
        if stopping.is_set():
            _end(worker)
        else:
            click.echo(f"the worker ended ({worker.returncode}); it is started again", err=True)
            stopping.wait(PAUSE)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(GRACE)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
