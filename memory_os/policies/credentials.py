"""Find secrets: known key formats, values that are assigned to a secret's name, entropy."""

import re
from collections.abc import Iterator
from itertools import pairwise
from math import log2

from memory_os.policies.finding import Found, Kind

_FORMATS = {
    "private_key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[\s\S]*?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|[\s\S]*)",
    "jwt": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}",
    "aws_key": r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    "github_token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})\b",
    "gitlab_token": r"\bgl(?:pat|dt|rt|cbt|soat)-[\w-]{20,}",
    "slack_token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "slack_hook": r"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,}",
    "stripe_key": r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/=]{24,}",
    "model_key": r"\bsk-(?:ant-|proj-|svcacct-|admin-|or-v1-)?[\w-]{20,}",
    "google_key": r"\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}",
    "hub_token": r"\bhf_[A-Za-z0-9]{30,}",
    "package_token": r"\bnpm_[A-Za-z0-9]{36}\b|\bpypi-[\w-]{50,}",
    "sendgrid_key": r"\bSG\.[\w-]{16,32}\.[\w-]{16,64}",
    "mail_key": r"\bkey-[0-9a-f]{32}\b",
    "bot_token": r"(?<![\w-])\d{8,10}:AA[\w-]{33}(?![\w-])",
    "cloud_token": r"\bdo[opr]_v1_[0-9a-f]{64}\b|\bdapi[0-9a-f]{32}\b",
    "shop_token": r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    "age_key": r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b",
}
_KNOWN = re.compile("|".join(f"(?P<{name}>{shape})" for name, shape in _FORMATS.items()))
_STARTS = re.compile(
    r"-----BEGIN|eyJ|AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|gl[a-z]{2,4}-|xox[abeoprs]-|"
    r"hooks\.slack|[sr]k_|whsec_|sk-|AIza|ya29|GOCSPX|hf_|npm_|pypi-|SG\.|key-|:AA|do[opr]_v1|"
    r"dapi|shp|AGE-SECRET"
)
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@?#]*:([^\s/@?#]{3,})@", re.IGNORECASE)
_BEARER = re.compile(r"\b(?:bearer|basic)\s+([A-Za-z0-9._~+/-]{16,}=*)", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?:pass(?:word|wd|phrase|code)|\bpwd|secret(?:[ _-]?(?:access)?[ _-]?key)?|"
    r"(?:api|access|auth|private|account|encryption|signing|master|service)[ _-]?key|"
    r"(?:\b|_)token|credentials?)(?:[A-Za-z0-9_]{0,16})(?P<quote>[\"']?)"
    r"(?:\s*(?:=>|:=|==|=|:)\s*|\s+(?:is|was|are)(?:\s+now|\s+set\s+to)?[:\s]\s*)"
    r"(?P<open>[\"'`]?)(?P<value>[^\s\"'`,;<>(){}\[\]]{6,})",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[A-Za-z]+[.!?:]*|[\d.,:%/-]+|\*+|x+|\.+|_+|-+", re.IGNORECASE)
_STAND_IN = re.compile(
    r"^\$|\$\{|%\w|your[-_]|my[-_](?:api|secret|pass|token)|example|placeholder|redacted|change[-_]?me|"
    r"os\.environ|getenv|process\.env|config\.|settings\.|self\.|none$|null$|true$|false$|x{4}|"
    r"\*{3}|\.{3}|https?:|/",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<![\w+/=.-])[A-Za-z0-9_+/-]{24,}={0,2}(?![\w+/=-])")
_HEX = re.compile(r"(?<![\w-])[0-9a-fA-F]{32,128}(?![\w-])")
_CUE = re.compile(
    r"(?:secret|passw|\bpwd|api[ _-]?key|private[ _-]?key|access[ _-]?key|signing[ _-]?key|"
    r"encryption[ _-]?key|credential|auth[ _-]?token|bearer)[^.\n]{0,32}$",
    re.IGNORECASE,
)
_DIGEST = re.compile(r"sha-?\d+[-:= ]*$|integrity\W+$|\bdata:\S*$|https?://\S*$", re.IGNORECASE)
_OWN = re.compile(r"(?:mem|job|era|grant|br)_[0-7][0-9A-HJKMNP-TV-Z]{25}")
"""Ids that are made here: they name, and open nothing."""

_LONG = 16
"""Every known format, and whatever is judged by entropy, is at least so long."""

_LEAST_BITS = 3.7
_LEAST_TURNS = 0.28


def secrets(text: str, lowered: str) -> Iterator[Found]:
    """Yield secrets; ``lowered`` is the text in lower case, which the caller has."""
    named = (
        "pass" in lowered
        or "key" in lowered
        or "token" in lowered
        or "secret" in lowered
        or "credential" in lowered
        or "pwd" in lowered
    )
    if named:
        yield from _assigned(text)
    if "://" in lowered and "@" in lowered:
        yield from _in_urls(text)
    if max(map(len, text.split()), default=0) >= _LONG or "-----BEGIN" in text:
        yield from _formats(text, lowered)
        yield from _random(text, named=named)


def _in_urls(text: str) -> Iterator[Found]:
    for match in _IN_URL.finditer(text):
        if not _STAND_IN.match(match[1]):
            yield Found(Kind.SECRET, "url_password", *match.span(1))


def _formats(text: str, lowered: str) -> Iterator[Found]:
    if _STARTS.search(text) is not None:
        for match in _KNOWN.finditer(text):
            yield Found(Kind.SECRET, match.lastgroup or "known", *match.span())
    if "bearer" in lowered or "basic" in lowered:
        for match in _BEARER.finditer(text):
            if not _PLAIN.fullmatch(match[1]):
                yield Found(Kind.SECRET, "authorization", *match.span(1))


def _assigned(text: str) -> Iterator[Found]:
    for match in _ASSIGNED.finditer(text):
        start, end = match.span("value")
        value = text[start:end]
        if not match["open"]:
            value = value.rstrip(".!?:")
        quoted = bool(match["open"]) and text[end : end + 1] == match["open"]
        if _STAND_IN.search(value) is None and (_telling(value) or (quoted and len(value) >= 8)):
            yield Found(Kind.SECRET, "assigned", start, start + len(value))


def _telling(value: str) -> bool:
    """Tell whether a value is made like a secret: not one word, number or line of signs."""
    if len(value) < 6 or _PLAIN.fullmatch(value):
        return False
    digits = sum(char.isdigit() for char in value)
    signs = sum(not char.isalnum() and char not in "-_./:" for char in value)
    letters = sum(char.isalpha() for char in value)
    return bool(letters) and (digits >= 2 or signs > 0 or (digits == 1 and len(value) >= 8))


def _random(text: str, *, named: bool) -> Iterator[Found]:
    for match in _TOKEN.finditer(text):
        before = text[max(0, match.start() - 48) : match.start()]
        if _looks_random(match[0]) and not _DIGEST.search(before):
            yield Found(Kind.SECRET, "entropy", *match.span())
    if not named:
        return
    for match in _HEX.finditer(text):
        if _CUE.search(text[max(0, match.start() - 48) : match.start()]):
            yield Found(Kind.SECRET, "hex", *match.span())


def _looks_random(token: str) -> bool:
    """Tell whether a token has all three sorts of characters, mixed as chance mixes them."""
    if _OWN.fullmatch(token):
        return False
    if "/" in token and any(map(_wordy, token.split("/"))):
        return False
    sorts = [_sort(char) for char in token]
    if min(sorts.count(sort) for sort in (0, 1, 2)) < 2:
        return False
    turns = sum(one != two for one, two in pairwise(sorts))
    return turns / len(token) >= _LEAST_TURNS and entropy(token) >= _LEAST_BITS


def _wordy(part: str) -> bool:
    return len(part) > 2 and part.isalpha() and part.islower()


def _sort(char: str) -> int:
    if char.isdigit():
        return 0
    return 1 if char.isupper() else 2 if char.islower() else 3


def entropy(token: str) -> float:
    """Return the bits a character that the token's own letter counts amount to (Shannon 1948)."""
    size = len(token)
    counts = [token.count(char) for char in set(token)]
    return -sum(count / size * log2(count / size) for count in counts)
