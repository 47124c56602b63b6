"""`calendar-app serve`: the server's processes, and the worker beside them. Each imports the application for itself.

Whatever dies is started again; SIGTERM ends everything within ten seconds, at any moment.
"""

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import click

from calendar_app.config import Config, load
from calendar_app.operations import locks

if TYPE_CHECKING:
    from flask import Flask

STUCK = 600.0  # seconds without a round of the worker
PAUSE = 2.0  # before anything is started again
GRACE = 8.0  # for the worker to end by itself
SERVER_GRACE = 6  # for requests in flight


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-worker", is_flag=True, help="Leave due work to a separate `calendar-app work`.")
@click.pass_obj
def serve(config: Config, host: str, port: int, no_worker: bool) -> None:
    """Serve on HOST:PORT, with the worker for due work beside it."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, _leave)  # until the server takes over
    _check(config, host, port)
    keeper = threading.Thread(target=keep_worker, args=(config, stopping))
    with locks.serving(config.instance):
        if not no_worker:
            keeper.start()
        try:
            click.echo(f"serving on http://{host}:{port}  (Ctrl+C stops)")
            keep_server(config, host, port, stopping)
        finally:
            stopping.set()
            if not no_worker:
                keeper.join()


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _check(config: Config, host: str, port: int) -> None:
    """In a process of its own: what the checks load, this one need not keep for as long as it serves."""
    checking = multiprocessing.get_context("fork").Process(target=_check_here, args=(config, host, port))
    checking.start()
    checking.join()
    if checking.exitcode:
        raise SystemExit(1)


def _check_here(config: Config, host: str, port: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    from calendar_app.operations import startup

    try:
        startup.check(config)
        startup.check_port(host, port)
    except startup.CannotStart as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(1) from error


def keep_server(config: Config, host: str, port: int, stopping: threading.Event) -> None:
    """Serve until a signal says to stop. The server replaces a process that dies; if it gives up, it is started anew."""
    while not stopping.is_set():
        server = _server(config, host, port)
        asked = server.signal_handler_interrupt

        def stop(*given: Any, asked: Any = asked) -> None:
            stopping.set()  # the worker ends at the same time
            asked(*given)

        server.signal_handler_interrupt = stop
        try:
            server.serve()
        except SystemExit:
            if not stopping.is_set():
                click.echo("the server ended; it is started again", err=True)
        signal.signal(signal.SIGTERM, _leave)
        stopping.wait(PAUSE)


def _server(config: Config, host: str, port: int) -> Any:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    # It warns of more threads than two a core. Ours wait for the write lock and for password hashes, not for a core.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in record.getMessage())
    return Granian(
        "calendar_app.cli.serve:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=config.processes,
        blocking_threads=config.threads,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=SERVER_GRACE,
    )


def application() -> "Flask":
    """The application of one server process, which ends with `serve` however that ends."""
    # Born of `serve`, it would call the handlers of `serve` until the server sets its own.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    from calendar_app import create_app
    from calendar_app.operations import logs

    config = load()
    logs.configure(config.log, config.instance)
    return create_app(config)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SERVER_GRACE)
    os._exit(1)


def keep_worker(config: Config, stopping: threading.Event) -> None:
    """Run the worker until `stopping` is set. Start it again when it ends, or when it has not been heard of for ten minutes."""
    while not stopping.is_set():
        begun = time.time()
        command = [sys.executable, "-m", "calendar_app.cli", "work", "--beside", str(os.getpid())]
        worker = subprocess.Popen(command)  # noqa: S603 - our own program
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
