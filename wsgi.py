"""For any WSGI server: `granian --interface wsgi wsgi:app`, `gunicorn wsgi:app`. `calendar-app serve` needs no more than this."""

import os

from calendar_app import create_app
from calendar_app.config import load
from calendar_app.operations import logs

os.umask(0o077)  # what this program writes is for its own account alone
config = load()
logs.configure(config.log, config.instance)
app = create_app(config)
