"""Tell a person by mail that the ways into the account have changed, so that a stranger's change is noticed."""

import secrets

from calendar_app.db.models import User
from calendar_app.delivery import letters
from calendar_app.web import config, lang, now, session

SUBJECT = {"ja": "【{site}】サインインの方法が変わりました", "en": "[{site}] A way to sign in has changed"}
BODY = {
    "ja": "{name} さん\n\n{change}\n\nお心当たりがなければ、すぐに管理者へ連絡してください。設定は次のページで確かめられます。\n{link}\n",
    "en": "Dear {name},\n\n{change}\n\n"
    "If this was not you, tell an administrator at once. Your settings are on this page:\n{link}\n",
}
CHANGES = {
    "passkey_added": {
        "ja": "あなたのアカウントにパスキーが追加されました。",
        "en": "A passkey was added to your account.",
    },
    "passkey_removed": {
        "ja": "あなたのアカウントからパスキーが削除されました。",
        "en": "A passkey was removed from your account.",
    },
    "identity_added": {
        "ja": "あなたのアカウントが外部のサインイン（シングルサインオン）とつながりました。",
        "en": "Your account was joined to single sign-on.",
    },
    "identity_removed": {
        "ja": "あなたのアカウントと外部のサインイン（シングルサインオン）のつながりがなくなりました。",
        "en": "Your account was parted from single sign-on.",
    },
    "second_factor_on": {
        "ja": "あなたのアカウントの二段階認証がオンになり、復旧コードが新しくなりました。",
        "en": "Two-step verification of your account was turned on, with new recovery codes.",
    },
    "second_factor_off": {
        "ja": "あなたのアカウントの二段階認証がオフになりました。",
        "en": "Two-step verification of your account was turned off.",
    },
}


def queue(change: str, user: User) -> None:
    """Queue a letter about one of CHANGES, if the site sends mail."""
    if not config.mail_server:
        return
    words = {
        "site": config.name(lang()),
        "name": user.name,
        "change": CHANGES[change][lang()],
        "link": f"{config.base_url}/staff/me",
    }
    subject, body = (text[lang()].format(**words) for text in (SUBJECT, BODY))
    letters.queue(session, f"account-{secrets.token_hex(16)}", user.email, subject, body, at=now())
