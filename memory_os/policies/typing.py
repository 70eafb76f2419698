"""Read the semantic type of an utterance from its wording, without a model.

Two types matter to recall because they are brought back when they *apply*, not when they are
alike: a standing instruction (``procedure``), and a ``preference``. The rules look for the forms
in which English states them; what they do not see stays an ordinary message.
"""

import re

from memory_os.domain.vocabulary import SemanticType

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_LEAD = r"^\W*(?:(?:and|also|so|ok(?:ay)?|please|hey|but|just|then)\W+)*"
_STANDING = (
    r"(?:always|never|from now on|going forward|in (?:the )?future|whenever|every time|each time|"
    r"remember to|be sure to|make sure (?:to|that you|you))"
)
_DIRECTIVE = (
    r"(?:include|use|provide|format|give|show|mention|confirm|highlight|add|list|explain|write|"
    r"answer|reply|respond|call|cite|ask|keep|tell|remind|avoid|suggest|recommend|check|verify|"
    r"tailor|maintain|make|speak|say|summari[sz]e|address|refer|assume|start|begin|end|put|convert|"
    r"quote|translate|describe|offer|state|note|follow|prioriti[sz]e|focus|remember|ensure|send|"
    r"sign|round|spell|display|present|structure|limit|consider|warn|flag|double-check)"
)
_ASKED = (
    r"\b(?:when(?:ever)?|any ?time|every time|each time|if) (?:i|we) "
    r"(?:ask|mention|say|request|want|tell|bring up|talk about|need)\b"
)
_INSTRUCTIONS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        _LEAD
        + _STANDING
        + r"\b[\s,]+(?:please\s+|you (?:should|must)\s+)?"
        + _DIRECTIVE
        + r"\b(?!\s+(?:up|never))",
        _LEAD + _STANDING + r"\b.*" + _ASKED,
        _LEAD + _ASKED + r".*\b(?:always|never|please|you should|you must|make sure)\b",
        _LEAD + r"(?:when(?:ever)?|any ?time|every time|each time) i ask\b",
        r"\bi(?:'d| would)? (?:want|need|like|expect) you to (?:always|never)\b",
        r"\b(?:from now on|going forward),? (?:please|always|never|you)\b",
    )
)
_ADVERBS = r"(?:'d| would| really| also| generally| usually| always| still| just| do| much)*"
_PREFERENCE = re.compile(
    r"\b(?:i|we)"
    + _ADVERBS
    + r" (?:prefer(?:red)?|favou?r|rather|hate|dislike)\b"
    + r"|\b(?:i|we)(?:'d| would)? (?:like|love|enjoy) .{1,60}"
    + r"\b(?:rather than|more than|instead of|over)\b"
    + r"|\b[a-z]+ prefers\b"
    + r"|\bi (?:don't|do not|can't|cannot) (?:like|stand|eat|drink|enjoy)\b"
    + r"|\bmy (?:favou?rite|preference|preferred)\b"
    + r"|\bi(?:'m| am) (?:allergic|vegetarian|vegan|not a fan)\b"
    + r"|\bi(?:'ve| have)? (?:chosen?|decided|opted) to\b",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"always|never|from now|forward|future|when|time|remember|sure|\bask|prefer|favo|rather|hate|"
    r"like|love|enjoy|(?:n't|not|cannot) (?:stand|eat|drink)|allerg|vege?|vegan|not a fan|"
    r"cho[os]|decide|opted"
)
_READ_CHARACTERS = 4_000


def infer_type(text: str, role: str | None) -> SemanticType | None:
    """Return ``procedure`` or ``preference`` where the wording states one, else nothing.

    Only what a user, or nobody in particular, says is read: an assistant's advice and a tool's
    output lay down no rules.
    """
    if role not in {None, "", "user"}:
        return None
    apostrophes = text[:_READ_CHARACTERS].replace("’", "'")
    if _HINT.search(apostrophes.lower()) is None:
        return None
    if any(_instructs(found[0]) for found in _SENTENCE.finditer(apostrophes)):
        return SemanticType.PROCEDURE
    return SemanticType.PREFERENCE if _PREFERENCE.search(apostrophes) else None


def _instructs(sentence: str) -> bool:
    return any(pattern.search(sentence.strip()) for pattern in _INSTRUCTIONS)
