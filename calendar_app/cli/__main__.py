"""`python -m calendar_app.cli`: the `calendar-app` command without its script."""

from calendar_app.cli.commands import main

if __name__ == "__main__":
    main()
