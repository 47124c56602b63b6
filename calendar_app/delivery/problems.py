"""Say in words why a delivery did not go out. Codes are stable; other problems are the network's own words."""

from calendar_app.importing.sources.fetch_messages import PROBLEMS as UNREACHABLE

WORDS = {
    "too_late": {
        "ja": "長い間送れなかったため、送りませんでした。",
        "en": "It could not be sent for too long, so it was given up.",
    },
    "unreadable_secret": {
        "ja": "保存されている鍵を読めません。もう一度入力してください。",
        "en": "The stored secret cannot be read. Please type it again.",
    },
    "no_access": {
        "ja": "ログインを断られました。アカウントの鍵を確かめて、入力し直してください。",
        "en": "Access was refused. Please check the key of the account and type it again.",
    },
    "quota": {
        "ja": "今月送れる通数を使い切りました。LINE公式アカウントの管理画面で増やせます。",
        "en": "The month’s messages are used up. The LINE Official Account Manager can add more.",
    },
    "not_understood": {
        "ja": "相手のサーバーの答えが分かりません。サーバーのアドレスを確かめてください。",
        "en": "The answer of the server is not understood. Please check its address.",
    },
    "withdrawn": {"ja": "送る前に取り下げられました。", "en": "It was withdrawn before it went out."},
    "newer": {"ja": "後の知らせに含まれています。", "en": "A later message says it as well."},
    "same": {"ja": "内容は変わっていません。", "en": "The content is the same."},
    "nothing": {"ja": "このチャンネルでは知らせない変更です。", "en": "This channel does not tell such changes."},
    "slow": {"ja": "相手のサーバーの応答が遅すぎます。", "en": "The server there is too slow."},
    "tls": {
        "ja": "安全な接続ができません。相手のサーバーの証明書に問題があります。",
        "en": "No secure connection: something is wrong with the certificate there.",
    },
    "unknown_host": {
        "ja": "相手のサーバーが見つかりません。つづりを確かめてください。",
        "en": "There is no such server. Please check the spelling.",
    },
    "refused_address": {
        "ja": "相手はインターネット上の場所ではないので送りません。庁内へ送るには、管理者の設定が必要です。",
        "en": "It is not a place on the public internet. For one inside, the operator has to allow it.",
    },
}
PLAIN = (
    "bad_address",
    "no_connection",
    "broken",
    "credentials",
)  # of `outgoing.http`, whose words fit here as they are


def problem_message(code: str, lang: str) -> str:
    """Explain a problem to the people at the desk; a text that is no code is returned as it is."""
    if code in WORDS:
        return WORDS[code][lang]
    return UNREACHABLE[code][lang] if code in PLAIN else code
