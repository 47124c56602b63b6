"""For any WSGI server: `granian --interface wsgi wsgi:app`, `gunicorn wsgi:app`. `calendar-app serve` needs no more than this."""

import os

from calendar_app import create_app

os.umask(0o077)  # what this program writes is for its own account alone
app = create_app()
