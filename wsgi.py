"""For any WSGI server: `granian --interface wsgi wsgi:app`, `gunicorn wsgi:app`. `calendar-app serve` needs no more than this."""

from calendar_app import create_app

app = create_app()
