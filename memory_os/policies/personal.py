"""Find personal data by shape and checksum: mail and network addresses, phones, cards, accounts.

Nothing is guessed from wording alone. A shape that other numbers share counts only where a
checksum passes or a word beside it says what it is.
"""

import re
from collections.abc import Iterator

from memory_os.policies.checksums import IBAN_LENGTHS, card, host_address, iban, nanp, ssn
from memory_os.policies.finding import Found, Kind

_EMAIL = re.compile(
    r"(?<![\w.%+/:-])[\w%+'-]+(?:\.[\w%+'-]+)*@"
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?![\w@]|\.\w|-\w)"
)
_FILES = frozenset(
    {"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "py", "json", "html", "md"}
)
_V4 = re.compile(r"(?<![\w.+-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_V6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_VERSION = re.compile(
    r"(?:\bv|versions?|releases?|release[sd]?|build|firmware|driver|upgraded? (?:to|from)|python|"
    r"chrome|section|chapter|clause|figure|table|appendix|oid|rev(?:ision)?)[\s:=/.#]*$",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"\b(?:ip|host|server|address|addr|ping|ssh|telnet|curl|connect\w*|login|logged|"
    r"client|gateway|subnet|"
    r"node|router|request\w*|visitor|from|dns|nameserver)\b",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_SSN = re.compile(r"(?<![\w.+-])(\d{3})([- ])(\d{2})\2(\d{4})(?![\w-]|\.\d)")
_BARE_SSN = re.compile(
    r"\b(?:ssn|social security(?: (?:number|no\.?))?)\W{0,4}(?:\w{1,4}\W{1,3}){0,2}(\d{9})\b",
    re.IGNORECASE,
)
_PLUS = re.compile(r"(?<![\w+])\+([1-9]\d{0,2}(?:[ .()/-]{0,2}\d){6,13})(?![\w-]|\.\d)")
_NORTH = re.compile(
    r"(?<![\w.+-])(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-]|\.\d)"
)
_LOCAL = re.compile(
    r"(?<![\w.+-])(?:\(0\d{1,4}\)|0\d{1,5}|\d{3})(?:[ ./-]{0,2}\d){4,12}(?!\w|\.\d)"
)
_CALL = re.compile(
    r"\b(?:phone|tele?(?:phone|fon)?|call(?:ed|ing)?|mobile|cell|fax|whatsapp|ring|dial|"
    r"sms|text (?:me|"
    r"him|her|them|us)|reach (?:me|him|her|them|us)|hotline|landline|handy|voicemail)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:order|invoice|ticket|tracking|shipment|parcel|part|sku|serial|isbn|issn|ean|upc|gtin|"
    r"case|ref(?:erence)?|model|batch|lot|article|catalogue?|commit|build|patent|doi|permit|"
    r"policy|licen[cs]e|item|product|transaction|booking|meter|asset|barcode|"
    r"id)\b(?: n[or]\.)?[^.!?\n]{0,24}$",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\b(?:card|visa|mastercard|amex|credit|debit|maestro|discover)\b", re.IGNORECASE
)
_DIGITS = re.compile(r"\D")
_CODE_LIST = (
    "1 20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 "
    "236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 257 258 "
    "260 261 262 263 264 265 266 267 268 269 27 290 291 297 298 299 30 31 32 33 34 350 351 "
    "352 353 354 355 356 357 358 359 36 370 371 372 373 374 375 376 377 378 380 381 382 383 "
    "385 386 387 389 39 40 41 420 421 423 43 44 45 46 47 48 49 500 501 502 503 504 505 506 "
    "507 508 509 51 52 53 54 55 56 57 58 590 591 592 593 594 595 596 597 598 599 60 61 62 63 "
    "64 65 66 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 "
    "692 7 81 82 84 850 852 853 855 856 86 880 886 90 91 92 93 94 95 960 961 962 963 964 965 "
    "966 967 968 970 971 972 973 974 975 976 977 98 992 993 994 995 996 998 "
)
_CODES = frozenset(_CODE_LIST.split())
"""Country calling codes in use (ITU-T E.164)."""

_BEFORE = 48


def addresses(text: str) -> Iterator[Found]:
    """Yield mail addresses."""
    for match in _EMAIL.finditer(text):
        after = text[match.end() : match.end() + 2]
        remote = after[:1] == ":" and after[1:2] not in ("", " ", "\n")
        if match[0].rpartition(".")[2].lower() not in _FILES and not remote:
            yield Found(Kind.EMAIL, "email", *match.span())


def hosts(text: str) -> Iterator[Found]:
    """Yield addresses of IP version 6; those of version 4 are among the numbers."""
    for match in _V6.finditer(text):
        told = any(char.isdigit() for char in match[0])
        if told and ("::" in match[0] or match[0].count(":") == 7) and host_address(match[0]):
            yield Found(Kind.IP, "ipv6", *match.span())


def numbers(text: str) -> Iterator[Found]:
    """Yield what is made of digits: cards, accounts, social security, phones, IP version 4."""
    yield from _cards(text)
    yield from _accounts(text)
    yield from _social(text)
    if text.count(".") >= 3:
        yield from _v4(text)
    yield from _phones(text)


def _v4(text: str) -> Iterator[Found]:
    for match in _V4.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        small = max(map(int, match[0].split("."))) < 20
        if _VERSION.search(before) or (small and not _HOST.search(before)):
            continue
        if host_address(match[0]):
            yield Found(Kind.IP, "ipv4", *match.span())


def _cards(text: str) -> Iterator[Found]:
    for match in _CARD.finditer(text):
        digits = _DIGITS.sub("", match[0])
        if card(digits) and not _other(text, match.start(), but=_MONEY):
            yield Found(Kind.CARD, "card", *match.span())


def _accounts(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        size = IBAN_LENGTHS.get(match[0][:2], 0)
        end, seen = match.start(), 0
        while end < match.end() and seen < size:
            seen += text[end].isalnum()
            end += 1
        compact = re.sub(r"[ -]", "", text[match.start() : end])
        cut = end < len(text) and text[end].isalnum()
        if seen == size and not cut and iban(compact):
            yield Found(Kind.IBAN, "iban", match.start(), end)


def _social(text: str) -> Iterator[Found]:
    for match in _SSN.finditer(text):
        if ssn(match[1] + match[3] + match[4]) and not _other(text, match.start()):
            yield Found(Kind.SSN, "ssn", *match.span())
    for match in _BARE_SSN.finditer(text):
        if ssn(match[1]):
            yield Found(Kind.SSN, "ssn", *match.span(1))


def _phones(text: str) -> Iterator[Found]:
    for match in _PLUS.finditer(text):
        digits = _DIGITS.sub("", match[1])
        if _abroad(digits, bare=digits == match[1]):
            yield Found(Kind.PHONE, "international", *match.span())
    for match in _NORTH.finditer(text):
        digits = _DIGITS.sub("", match[0])[-10:]
        if nanp(digits) and not _other(text, match.start(), but=_CALL):
            yield Found(Kind.PHONE, "north_american", *match.span())
    if _CALL.search(text) is None:
        return
    for match in _LOCAL.finditer(text):
        digits = _DIGITS.sub("", match[0])
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if 7 <= len(digits) <= 14 and _CALL.search(before) and not _dated(match[0]):
            yield Found(Kind.PHONE, "local", *match.span())


def _abroad(digits: str, *, bare: bool) -> bool:
    code = next((digits[:size] for size in (1, 2, 3) if digits[:size] in _CODES), None)
    if code is None or not 8 <= len(digits) <= 15:
        return False
    if code == "1":
        return len(digits) == 11 and nanp(digits[1:])
    return len(digits) >= (10 if bare else 8)


def _other(text: str, start: int, but: re.Pattern[str] | None = None) -> bool:
    """Tell whether the words before say that the number is of another kind."""
    before = text[max(0, start - _BEFORE) : start]
    return _OTHER.search(before) is not None and not (but and but.search(before))


def _dated(found: str) -> bool:
    parts = re.findall(r"\d+", found)
    return len(parts) == 3 and len(parts[2]) == 4 and int(parts[1]) <= 31 and len(parts[0]) <= 2
