"""Single sign-on against a real sign-in service (oidc-provider), and every token that such a service would not make."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from sqlalchemy import select

from calendar_app.accounts import oidc, people
from calendar_app.config import Config, load
from calendar_app.db.models import DeskSession, Identity, SignInRecord, User
from helpers import ROOT, pages
from helpers.pages import City
from helpers.services import LOOPBACK, free_port
from helpers.surfer import Surfer
from helpers.town import NOW, person

SECRET = "a secret: of/the+calendar"  # signs that have to be escaped
ACCOUNTS: dict[str, dict[str, Any]] = {
    "hana": {"email": "Staff@Example.jp", "email_verified": True, "name": "桜田 花子", "groups": ["kanko-heads", "x"]},
    "taro": {"email": "taro@example.jp", "email_verified": True, "name": "田中 太郎", "groups": ["library"]},
    "unverified": {"email": "staff@example.jp", "email_verified": False, "name": "偽", "groups": ["it"]},
    "guest": {"email": "guest@example.jp", "email_verified": True, "name": "客", "groups": []},
}


@dataclass
class Town:
    city: City
    config: Config
    issuer: str

    def surfer(self) -> Surfer:
        return Surfer().go(f"{self.city.url}/staff/sign-in")

    def enter(self, name: str, surfer: Surfer | None = None) -> Surfer:
        """Sign in by the button, and at the service as this person."""
        surfer = surfer or self.surfer()
        surfer.go(f"{self.city.url}/staff/sign-in/single?next=/staff/me")
        while surfer.url.startswith(f"{self.issuer}/interaction"):
            surfer.send(login=name, password="any") if 'name="login"' in surfer.page else surfer.send()
        return surfer

    def rows(self, model: Any) -> list[Any]:
        with pages.arranged(self.config) as session:
            found = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return found

    def accounts(self, **changed: dict[str, Any]) -> None:
        accounts = {name: ACCOUNTS[name] | changed.get(name, {}) for name in ACCOUNTS}
        data = json.dumps({"calendar": self.city.url, "accounts": accounts})
        urllib.request.urlopen(f"{self.issuer}/town", data.encode(), timeout=20).close()


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a sign-in service. It serves one town after the other."""
    port = free_port()
    command = ["node", ROOT / "tests/helpers/provider.mjs", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        try:
            assert service.stdout
            assert service.stdout.readline() == "ready\n"
            yield f"http://{LOOPBACK}:{port}"
        finally:
            service.kill()


@pytest.fixture
def town(request: pytest.FixtureRequest, issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    settings = {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": "calendar",
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_SCOPES": "openid email profile groups",
        "OIDC_GROUPS": "kanko-heads=kanko:head library=toshokan:member it=:admin",
        "OIDC_LINK_BY_MAIL": "on",
    } | getattr(request, "param", {})
    own = pages.own_copy(None, tmp_path_factory)
    read = load(
        {f"CALENDAR_{name}": value for name, value in settings.items()} | {"CALENDAR_INSTANCE": str(own.instance)}
    )
    names = [name.lower() for name in settings]
    config = replace(own, **{name: getattr(read, name) for name in names})
    with pages.arranged(config) as session:
        person(session)
        person(session, "admin@example.jp", role="admin")
    with pages.served(config, City()) as city:
        town = Town(city, config, issuer)
        town.accounts()
        yield town


def test_a_verified_address_is_linked_once_and_groups_rule_at_each_sign_in(town: Town) -> None:
    hana = town.enter("hana")
    assert (hana.status, hana.url) == (200, f"{town.city.url}/staff/me")
    user = town.rows(User)[0]
    assert (user.email, user.role, user.department_id) == ("staff@example.jp", "head", 1)
    town.accounts(hana={"email": "married@example.jp", "groups": ["library"]})
    assert town.enter("hana").status == 200
    user = town.rows(User)[0]
    assert (user.email, user.role, user.department_id) == ("staff@example.jp", "member", 2)
    assert len(town.rows(Identity)) == 1
    assert [row.kind for row in town.rows(SignInRecord)] == ["single_sign_on"] * 2
    town.accounts(hana={"groups": ["x"]})
    assert town.enter("hana").status == 403


def test_who_has_a_role_gets_an_account_and_others_do_not(town: Town) -> None:
    assert town.enter("taro").status == 200
    taro = town.rows(User)[-1]
    assert (taro.email, taro.name, taro.role, taro.department_id) == ("taro@example.jp", "田中 太郎", "member", 2)
    for name in ("guest", "unverified"):
        assert town.enter(name).status == 403, name
    assert len(town.rows(User)) == 3
    assert [row.subject for row in town.rows(Identity)] == ["taro"]


def test_a_closed_account_stays_closed(town: Town) -> None:
    assert town.enter("hana").status == 200
    with pages.arranged(town.config) as session:
        user = session.scalars(select(User).order_by(User.id)).first()
        assert user
        people.set_active(session, user, False, actor=user, at=NOW)
    refused = town.enter("hana")
    assert (refused.status, "閉じられています" in refused.page) == (403, True)
    assert town.rows(DeskSession) == []


def test_the_service_ends_the_session_here_when_one_signs_out_there(town: Town) -> None:
    first, second = town.enter("hana"), town.enter("hana")
    assert len(town.rows(DeskSession)) == 2
    first.go("/staff/me").send("/sign-out")
    assert "サインアウトしました" in first.page
    assert len(town.rows(DeskSession)) == 1
    leave = next(line for line in first.page.split('"') if line.startswith(town.issuer)).replace("&amp;", "&")
    first.go(leave).send(logout="yes")
    assert len(town.rows(DeskSession)) == 1  # the other device's is another session there
    second.go(f"{town.issuer}/session/end?client_id=calendar").send(logout="yes")
    assert town.rows(DeskSession) == []
    assert second.go(f"{town.city.url}/staff/me").url.startswith(f"{town.city.url}/staff/sign-in")


def test_an_answer_works_once_in_the_browser_that_asked(town: Town) -> None:
    mine, other = town.surfer(), town.surfer()
    mine.go("/staff/sign-in/single")
    assert mine.url.startswith(town.issuer)
    assert other.go(f"{town.city.url}/staff/sign-in/single/back?code=1&state=2").status == 403
    assert mine.go(f"{town.city.url}/staff/sign-in/single/back?code=1&state=2").status == 403
    assert town.rows(DeskSession) == []


@pytest.mark.parametrize(
    "town", [{"OIDC_LINK_BY_MAIL": "off", "OIDC_GROUPS": "", "PASSWORD_ROLES": "admin"}], indirect=True
)
def test_an_account_is_joined_by_its_owner_and_passwords_can_be_for_administrators_alone(town: Town) -> None:
    assert town.enter("hana").status == 403
    form = {"email": "staff@example.jp", "password": "correct horse battery"}
    assert town.surfer().send("/sign-in", **form).status == 403
    admin = town.surfer().send("/sign-in", **form | {"email": "admin@example.jp"})
    assert admin.url == f"{town.city.url}/staff/"
    admin.go("/staff/me").send("/single-sign-on", action="join")
    admin.go("/staff/sign-in/single?again=1")
    while admin.url.startswith(f"{town.issuer}/interaction"):
        admin.send(login="hana", password="any") if 'name="login"' in admin.page else admin.send()
    assert admin.url == f"{town.city.url}/staff/me"
    assert town.enter("hana").status == 200
    assert [row.user_id for row in town.rows(Identity)] == [2]
    admin.go("/staff/me").send("/single-sign-on", action="part")
    assert town.rows(Identity) == []


# --- Tokens -----------------------------------------------------------------------------------------------------

KEY, OTHER = (ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"}) for name in ("a", "b"))
AT = datetime(2027, 3, 1, tzinfo=UTC)
SECONDS = int(AT.timestamp())
ID: dict[str, Any] = {"iss": "https://login.example.jp", "aud": "calendar", "sub": "hana", "nonce": "n"}
ID |= {"iat": SECONDS, "exp": SECONDS + 600}
OUT: dict[str, Any] = {"iss": "https://login.example.jp", "aud": ["calendar"], "iat": SECONDS, "jti": "1", "sid": "s"}
OUT |= {"exp": SECONDS + 120, "events": {oidc.LOGOUT: {}}}


def client() -> oidc.Client:
    known = oidc.Client("https://login.example.jp", "calendar", SECRET, "", "openid")
    known.metadata, known.keys, known.asked_at = {"issuer": known.issuer}, KeySet([KEY]), AT
    return known


def signed(claims: dict[str, Any], key: Any = KEY, algorithm: str = "ES256") -> str:
    header = {"alg": algorithm, "kid": key.kid} if key.kid else {"alg": algorithm}
    return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, key)


def test_a_right_token_is_read() -> None:
    assert oidc.read_id_token(client(), signed(ID), "n", at=AT)["sub"] == "hana"
    assert oidc.read_logout_token(client(), signed(OUT), at=AT)["sid"] == "s"


def test_an_issuer_that_does_not_answer_is_left_alone_for_a_moment() -> None:
    silent = oidc.Client(f"http://{LOOPBACK}:{free_port()}", "calendar", SECRET, "", "openid")
    for after, told in ((0, "no_connection"), (9, "a moment ago"), (11, "no_connection")):
        with pytest.raises(oidc.NotKnown, match=told):
            oidc.read_logout_token(silent, "", at=AT + timedelta(seconds=after))


WRONG = {
    "another issuer": {"iss": "https://login.example.jp.evil.example"},
    "another audience": {"aud": "another"},
    "several audiences": {"aud": ["calendar", "another"]},
    "another party": {"azp": "another"},
    "over": {"exp": SECONDS - 61},
    "without end": {"exp": None},
    "not yet made": {"iat": SECONDS + 90},
    "without time": {"iat": None},
    "another nonce": {"nonce": "m"},
    "without nonce": {"nonce": None},
    "nobody": {"sub": None},
    "a number": {"sub": 7},
}
WRONG_OUT = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": ["another"]},
    "old": {"iat": SECONDS - 301, "exp": None},
    "over": {"exp": SECONDS - 61},
    "an ID token": {"events": None},
    "another event": {"events": {"https://example.jp/": {}}},
    "an event of another shape": {"events": {oidc.LOGOUT: "yes"}},
    "with nonce": {"nonce": "n"},
    "without number": {"jti": None},
    "nobody": {"sid": None},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_id_token_is_refused(case: str) -> None:
    with pytest.raises(oidc.NotKnown):
        oidc.read_id_token(client(), signed(ID | WRONG[case]), "n", at=AT)


@pytest.mark.parametrize("case", WRONG_OUT)
def test_a_wrong_logout_token_is_refused(case: str) -> None:
    with pytest.raises(oidc.NotKnown):
        oidc.read_logout_token(client(), signed(OUT | WRONG_OUT[case]), at=AT)


def unsigned(claims: dict[str, Any]) -> str:
    return signed(claims).rpartition(".")[0] + "."


FORGED = {
    "another key": lambda: signed(ID, OTHER),
    "a shared secret": lambda: signed(ID, OctKey.import_key(SECRET + "a" * 20), "HS256"),
    "no signature": lambda: unsigned(ID),
    "no token": lambda: "a.b.c",
    "nothing": lambda: "",
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_token_is_refused(case: str) -> None:
    with pytest.raises(oidc.NotKnown):
        oidc.read_id_token(client(), FORGED[case](), "n", at=AT)
