"""The messages about fetching an address, in Japanese and English."""

PROBLEMS: dict[str, dict[str, str]] = {
    "bad_address": {
        "ja": "アドレスとして読み取れません。https:// で始まるアドレスを入力してください。",
        "en": "This is no address. Please type one that begins with https://.",
    },
    "scheme": {
        "ja": "「{scheme}:」のアドレスは読み込めません。https:// か webcal:// のアドレスを入力してください。",
        "en": "An address with “{scheme}:” cannot be read. Please type one with https:// or webcal://.",
    },
    "credentials": {
        "ja": "利用者名やパスワードの入ったアドレスは読み込めません。",
        "en": "An address that holds a user name or a password is not read.",
    },
    "port": {
        "ja": "ポート番号{port}のアドレスは読み込めません。",
        "en": "Port {port} is not one at which calendars are offered.",
    },
    "unknown_host": {
        "ja": "「{host}」が見つかりません。つづりを確かめてください。",
        "en": "There is no “{host}”. Please check how it is spelt.",
    },
    "refused_address": {
        "ja": "「{host}」はインターネット上の場所ではないので読み込みません。庁内のものを読み込むには、管理者の設定が必要です。",
        "en": "“{host}” is not a place on the public internet, so it is not read. For one inside, the operator has to allow it.",
    },
    "no_connection": {
        "ja": "相手のサーバーにつながりません。",
        "en": "The server there cannot be reached.",
    },
    "tls": {
        "ja": "安全な接続ができません。相手のサーバーの証明書に問題があります（{reason}）。",
        "en": "No secure connection: something is wrong with the certificate there ({reason}).",
    },
    "slow": {
        "ja": "相手のサーバーの応答が遅すぎます（{seconds}秒まで待ちました）。",
        "en": "The server there is too slow (we waited {seconds} seconds).",
    },
    "too_large": {
        "ja": "データが大きすぎます（{most}MBまで）。",
        "en": "What is there is too large (at most {most} MB).",
    },
    "redirects": {
        "ja": "転送が多すぎます（{most}回まで）。",
        "en": "The address leads on and on (at most {most} times are followed).",
    },
    "downgrade": {
        "ja": "暗号化されていないアドレスへ転送されたので、読み込みません。",
        "en": "The address leads to one without encryption, so it is not read.",
    },
    "closed": {
        "ja": "公開されていません（{status}）。誰でも読めるアドレスを、相手に確かめてください。",
        "en": "It is not open to everybody ({status}). Please ask for an address that is.",
    },
    "not_found": {
        "ja": "そのアドレスには何もありません（404）。",
        "en": "There is nothing at this address (404).",
    },
    "gone": {
        "ja": "公開が終了しています（410）。もう読みに行きません。",
        "en": "It has ended there for good (410). It is not asked any more.",
    },
    "busy": {
        "ja": "相手のサーバーが、今は応じられないと答えました（{status}）。",
        "en": "The server there says that it cannot answer now ({status}).",
    },
    "status": {
        "ja": "相手のサーバーがエラーを返しました（{status}）。",
        "en": "The server there answers with an error ({status}).",
    },
    "broken": {
        "ja": "応答が途中で切れたか、壊れています。",
        "en": "The answer broke off or is damaged.",
    },
    "packed": {
        "ja": "圧縮された応答を展開できません。",
        "en": "The answer is compressed in a way that cannot be undone.",
    },
    "own": {
        "ja": "このカレンダー自身のアドレスです。",
        "en": "This is the address of this calendar itself.",
    },
    "occupied": {
        "ja": "ほかのアドレスを読み込んでいるところです。少し待ってから、もう一度押してください。",
        "en": "Another address is being read just now. Please wait a moment and press again.",
    },
    "chain_broken": {
        "ja": "相手の変更履歴がつながらないので、取り込みません。相手の管理者に知らせてください。",
        "en": "The changes there form no chain, so nothing more is taken. Please tell whoever runs it.",
    },
    # It was read, but something is odd.
    "reread": {
        "ja": "変更履歴が前回とつながらなかったので、{reread}に初めから読み直し、相手にないものは取り下げました。",
        "en": "The changes did not follow from those taken before, so all was read anew on {reread}; what is not there was withdrawn.",
    },
    "empty_now": {
        "ja": "配信元が空になりました。ここにある予定は消していません。",
        "en": "Nothing is left there. What stands here has not been removed.",
    },
    "shrunk": {
        "ja": "これからの予定{known}件のうち{missing}件が、配信元から消えました。ここにある予定は消していません。",
        "en": "Of {known} coming events {missing} are there no more. What stands here has not been removed.",
    },
}
