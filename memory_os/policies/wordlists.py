"""The closed word lists that tell two sentences apart or keep them together."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


CONTRACTIONS: dict[str, tuple[str, ...]] = {
    **{
        f"{verb}n't": (verb, "not")
        for verb in (
            "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "would",
            "could", "should", "must", "need", "might", "ought",
        )
    },
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "i'm": ("i", "am"),
    "let's": ("let", "us"),
    **{f"{who}'re": (who, "are") for who in ("you", "we", "they", "who")},
    **{f"{who}'ve": (who, "have") for who in ("i", "you", "we", "they")},
    **{f"{who}'ll": (who, "will") for who in ("i", "you", "he", "she", "it", "we", "they")},
    **{
        f"{who}'s": (who, "'s")
        for who in ("he", "she", "it", "that", "there", "here", "what", "where", "who")
    },
}  # fmt: skip
"""Short forms with one long form. ``'d`` has two (had, would), so it is left as it is."""

PERFECT = frozenset({"been", "got", "gone", "had", "become", "taken", "seen", "grown"})
"""After ``'s`` these mean *has*; anything else means *is*."""

_CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
NUMBERS: dict[str, str] = {word: str(value) for value, word in enumerate(_CARDINALS.split())} | {
    word: str(10 * value) for value, word in enumerate(_TENS.split(), 3)
}

_MONTH_NAMES = (
    "january february march april may june july august september october november december"
)
MONTHS: dict[str, int] = {name: at for at, name in enumerate(_MONTH_NAMES.split(), 1)} | {
    **{name[:3]: at for at, name in enumerate(_MONTH_NAMES.split(), 1)},
    "sept": 9,
}
WEEKDAYS = _listed("monday tuesday wednesday thursday friday saturday sunday")
CALENDAR = (
    frozenset(_MONTH_NAMES.split())
    | WEEKDAYS
    | _listed(
        "today tomorrow yesterday tonight spring summer autumn fall winter morning noon afternoon "
        "evening night midnight weekend weekday daily weekly monthly yearly annually quarterly "
        "mornings afternoons evenings nights weekends weekdays"
    )
)

_UNIT_FORMS = {
    "km": "km kilometre kilometres kilometer kilometers",
    "m": "metre metres meter meters",
    "cm": "cm centimetre centimetres centimeter centimeters",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "mi": "mile miles",
    "ft": "ft foot feet",
    "in": "inch inches",
    "kg": "kg kilogram kilograms kilo kilos",
    "g": "gram grams",
    "mg": "mg milligram milligrams",
    "lb": "lb lbs pound-weight",
    "l": "litre litres liter liters",
    "ml": "ml millilitre millilitres milliliter milliliters",
    "s": "sec secs second seconds",
    "min": "min mins minute minutes",
    "h": "hr hrs hour hours",
    "d": "day days",
    "wk": "week weeks",
    "mo": "month months",
    "y": "yr yrs year years",
    "%": "% percent",
    "eur": "€ eur euro euros",
    "gbp": "£ gbp",
    "kb": "kb kilobyte kilobytes",
    "mb": "mb megabyte megabytes",
    "gb": "gb gigabyte gigabytes",
    "tb": "tb terabyte terabytes",
    "kw": "kw kilowatt kilowatts",
    "kwh": "kwh kilowatt-hour kilowatt-hours",
}
UNITS: dict[str, str] = {
    form: unit for unit, forms in _UNIT_FORMS.items() for form in forms.split()
}
"""Units after a number, by one name each; forms with two readings (``m``, ``C``) are left out."""

SAME: dict[str, str] = {
    form: spelling
    for spelling, forms in {
        "color": "colour", "favorite": "favourite", "center": "centre", "theater": "theatre",
        "organize": "organise", "organizes": "organises", "organized": "organised",
        "gray": "grey", "traveling": "travelling", "traveled": "travelled", "program": "programme",
        "canceled": "cancelled", "neighbor": "neighbour", "license": "licence",
        "email": "e-mail", "ok": "okay", "phone": "telephone", "buy": "purchase",
        "buys": "purchases", "bought": "purchased", "starts": "begins", "start": "begin",
        "movie": "film", "fridge": "refrigerator", "photo": "photograph",
        "photos": "photographs", "bike": "bicycle", "plane": "airplane", "tv": "television",
        "lives": "resides",
    }.items()
    for form in forms.split()
}  # fmt: skip
"""Two spellings, or two words that any reader would exchange."""

HARMLESS = frozenset({"a", "an", "the", "please", "kindly"})
"""Words without which a sentence says the same."""

NEGATIONS = _listed(
    "not no never none nobody nothing nowhere neither nor without hardly barely rarely seldom "
    "scarcely cannot n't ain't no-one"
)
MODALS = _listed(
    "can could may might must shall should would will need needs ought perhaps maybe possibly "
    "probably certainly definitely allowed required optional mandatory able supposed"
)
TENSES = _listed("am is are was were be been being has have had having do does did used going gone")
CONDITIONS = _listed(
    "if unless when whenever until till before after while only except once provided because "
    "although though despite whether"
)
PLACES = _listed(
    "in at on to from under over above below near inside outside behind beside between into onto "
    "through across left right north south east west upstairs downstairs"
)
ADVERBIALS = _listed(
    "on in at every each during before after since until if unless when whenever while because "
    "although though once yesterday today tomorrow tonight next last this by for from"
)
"""Words that open a phrase which may stand first or last without a change of meaning."""
