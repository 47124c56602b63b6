"""Recognise a form that a page of another website sent. Public forms have no cookie that a token could be tied to."""

from flask import request

from calendar_app.web import config

OURS = ("same-origin", "none")  # of Sec-Fetch-Site (W3C Fetch Metadata); "none" is the reader's own doing


def from_another_site() -> bool:
    """Whether a page of another website sent this request, as the browser says.

    A browser without Fetch Metadata still names the Origin (RFC 6454) of a POST. A program that sends neither acts for
    nobody else.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in OURS
    origin = request.headers.get("Origin")
    return origin is not None and origin not in (config.base_url, request.host_url.rstrip("/"))
