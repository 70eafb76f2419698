"""Checksums and shapes that tell a real number of its kind from one that only looks like it."""

from ipaddress import IPv4Address, IPv6Address, ip_address

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

IBAN_LENGTHS = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BR": 29,
    "BY": 28,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IQ": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LC": 32,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MR": 27,
    "MT": 31,
    "MU": 30,
    "NL": 18,
    "NO": 15,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "SA": 24,
    "SC": 31,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VA": 22,
    "VG": 24,
    "XK": 20,
}
"""How many characters an account number has, by country (ISO 13616 registry)."""

_CARDS = (
    (("4",), (13, 16, 19)),
    (tuple(str(n) for n in range(51, 56)), (16,)),
    (tuple(str(n) for n in range(2221, 2721)), (16,)),
    (("34", "37"), (15,)),
    (("6011", "65", *(str(n) for n in range(644, 650))), (16, 19)),
    (("36", "38", *(str(n) for n in range(300, 306))), (14,)),
    (tuple(str(n) for n in range(3528, 3590)), (16,)),
    (("62",), (16, 17, 18, 19)),
)
_UNISSUED_SSNS = frozenset({"078051120", "219099999", "123456789", "111111111", "333333333"})


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        total += _DOUBLED[value] if place % 2 else value
    return total % 10 == 0


def card(digits: str) -> bool:
    """Tell whether ``digits`` are a payment card's: a network's range and length, and Luhn's."""
    known = any(len(digits) in sizes and digits.startswith(heads) for heads, sizes in _CARDS)
    return known and len(set(digits)) > 1 and luhn(digits)


def iban(compact: str) -> bool:
    """Tell whether ``compact``, without spaces, is an account number: length and mod 97 = 1."""
    if IBAN_LENGTHS.get(compact[:2]) != len(compact):
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def ssn(digits: str) -> bool:
    """Tell whether nine digits can be a social security number of the United States."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return digits not in _UNISSUED_SSNS


def nanp(digits: str) -> bool:
    """Tell whether ten digits can be a telephone number of the North American plan."""
    area, exchange = digits[:3], digits[3:6]
    fits = area[0] in "23456789" and exchange[0] in "23456789"
    return fits and area[1:] != "11" and exchange[1:] != "11" and area[1] != "9"


def host_address(text: str) -> bool:
    """Tell whether ``text`` is the address of some host: valid, not of this one, no mask."""
    try:
        found: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return False
    return not (
        found.is_loopback or found.is_unspecified or found.is_multicast or text.startswith("255.")
    )
