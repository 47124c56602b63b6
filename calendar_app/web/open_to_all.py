"""Let scripts of other websites read feeds and the API (CORS)."""

from flask import Response, request


def open_to_every_website(response: Response) -> Response:
    """Allow scripts of other sites to read (CORS), and answer the OPTIONS request before an If-None-Match."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link"
    if request.method == "OPTIONS":
        response.status_code = 204
        response.headers.pop("Content-Type", None)
        response.headers["Access-Control-Max-Age"] = "86400"
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since"
    return response
