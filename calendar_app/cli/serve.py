"""`calendar-app serve`: the server's processes, and the worker beside them. Each imports the application for itself."""

import subprocess
import sys

import click

from calendar_app.config import Config


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

    worker = None if no_worker else subprocess.Popen([sys.executable, "-m", "calendar_app.cli", "work"])
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
        if worker:
            worker.terminate()
            worker.wait(10)
