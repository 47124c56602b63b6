"""Name a browser so that a person knows it again in a list: "iPhone Safari", "Windows Edge"."""

# The first name that is found counts: Edge also says Chrome, Chrome also says Safari, an iPhone also says Mac.
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Macintosh", "Mac"),
           ("CrOS", "Chromebook"), ("Linux", "Linux"))  # fmt: skip
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip


def describe(user_agent: str) -> str:
    """Give the device and the browser of a User-Agent header; "" if neither is known."""
    recognized = (next((name for mark, name in names if mark in user_agent), "") for names in (SYSTEMS, BROWSERS))
    return " ".join(filter(None, recognized))
