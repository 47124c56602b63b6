"""What browsers and shared caches may keep of each address, as docs/operating.md says in "What may be kept where"."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from helpers.town import published

ASK = "public, no-cache"
QUARTER = "public, max-age=900, s-maxage=0"
KEPT = {
    ASK: ["/", "/events/{}", "/calendar/2027/04", "/embed", "/api/v1/events", "/alerts.atom", "/search?q=桜", "/press"],
    QUARTER: ["/feed.atom", "/calendar.ics?tag=桜", "/events/{}.ics", "/events.csv", "/press.txt", "/cards/{}-qr.svg"],
    "public, max-age=3600": ["/sitemap.xml", "/robots.txt", "/embed.js"],
    "no-store": ["/staff/sign-in", "/nothing", "/healthz"],
}


def test_each_address_says_what_may_be_kept_and_names_no_key(client: FlaskClient, write: Session) -> None:
    public_id = published(write).public_id
    write.commit()
    answers = {path: client.get(path.format(public_id)) for paths in KEPT.values() for path in paths}
    assert {path: answer.headers.get("Cache-Control") for path, answer in answers.items()} == {
        path: control for control, paths in KEPT.items() for path in paths
    }
    assert not [
        path
        for path, answer in answers.items()
        if {"Surrogate-Control", "CDN-Cache-Control"} & {*answer.headers.keys()}
    ]
