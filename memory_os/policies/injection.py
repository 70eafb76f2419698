"""Suspect a text of giving orders to the model that will read it, with reasons and a score.

Patterns for what such texts do, in several phrasings each: override what the model was told, give
it another part to play, forge the frame of a conversation, ask for what is hidden, act behind the
user's back, plant a standing rule. A form that quotes, reports or asks weighs less: a person may
talk about all of this.
"""

import re
import unicodedata
from dataclasses import dataclass

POLICY = "injection-1"
"""Names these patterns; it changes whenever the same text would be judged differently."""

_WHAT = (
    r"(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|commands?|orders|"
    r"programming|restrictions?|safety (?:rules|policies)|polic(?:y|ies)|constraints?|"
    r"(?:system )?messages?|context|training)"
)
_EARLIER = (
    r"(?:previous(?:ly given)?|prior|above|earlier|preceding|foregoing|initial|original|existing|"
    r"current|system|given|your|developer'?s?|built-in|default|all)"
)
_DROP = (
    r"(?:ignore|disregard|forget|override|overrule|bypass|skip|discard|dismiss|neglect|"
    r"do not (?:follow|obey|heed)|don't (?:follow|obey|heed)|stop (?:following|obeying)|"
    r"pay no attention to|set aside|throw out|void)"
)
_REVEAL = (
    r"(?:reveal|print|repeat|show|output|display|leak|disclose|dump|tell (?:me|us)|give (?:me|us)|"
    r"write out|recite|paste|send)"
)
_PLAIN_HIDE = (
    r"(?:do not|don't|never|without|no need to) (?:tell|telling|mention|mentioning|inform|"
    r"informing|alert|alerting|notify|notifying|show|showing|reveal|revealing|asking|ask|let) "
    r"(?:this |it |anything )?(?:to )?(?:the |your )?(?:user|human|owner|operator|customer|admin"
    r"(?:istrator)?|anyone|person)"
)
_MODEL = (
    r"(?:ai|a\.i\.|llm|language model|assistant|chat ?bot|gpt(?:-\d)?|claude|gemini|copilot|agent)"
)

_PATTERNS: tuple[tuple[str, float, str, str], ...] = (
    (
        "override",
        0.85,
        "ignor|disregard|forget|overr|bypass|skip|discard|dismiss|neglect|follow|obey|heed|"
        "attention|aside|throw out|void",
        rf"\b{_DROP}\b(?:(?!\b(?:my|our|his|her|"
        rf"their)\b)[^.!?\n]){{0,24}}?\b{_EARLIER}\b[^.!?\n]{{0,30}}?\b{_WHAT}\b",
    ),
    (
        "override",
        0.85,
        "ignor|disregard|forget|overr|bypass|skip|discard|dismiss|neglect|follow|obey|heed|"
        "attention|aside|throw out|void",
        rf"\b{_DROP}\b (?:everything|anything|what(?:ever)?|all(?: that)?) "
        r"(?:(?:that )?(?:you|i|they|we)(?:'ve| have| were| was)?(?: been)? "
        r"(?:told|taught|instructed|given|said)|(?:you )?(?:learned|know)|above|before(?: "
        r"this)?\b)",
    ),
    (
        "override",
        0.7,
        "before this|above|been given|were given",
        rf"\b{_WHAT} (?:above|before this|you (?:were|have been) given) "
        r"(?:are|is|were|no longer|do not|don't)\b[^.!?\n]{0,20}"
        r"(?:void|cancel|null|obsolete|apply|valid|superseded|revoked|outdated)",
    ),
    (
        "override",
        0.7,
        "instruct|prompt|rules|direct|orders|command|polic|guideline",
        rf"\b(?:new|updated|real|actual|true|revised) {_WHAT}\s*(?::|-{{1,2}}|follow)",
    ),
    (
        "override",
        0.85,
        "ignorier",
        r"\bignorier\w* (?:bitte )?(?:alle|die|deine)[^.!?\n]{0,30}"
        r"(?:anweisung|regeln|instruktion|vorgaben)",
    ),
    (
        "override",
        0.85,
        "ignor",
        r"\bignor(?:a|e|ez|er|en|ad)\b (?:por favor )?(?:todas? |toutes? |tout )?"
        r"(?:las|los|les|tus|vos|le|tes|sus) [^.!?\n]{0,20}(?:instruc|instrucc|consign|"
        r"r[èe]gl|orden)",
    ),
    (
        "role",
        0.6,
        "you are now|you are no longer|you are hereby",
        r"\byou are (?:now|no longer|hereby)\b(?! (?:able|free|logged|connected|"
        r"subscribed|registered|enrolled|leaving|ready|signed|in (?:the|line)|on (?:the|"
        r"page)|at ))",
    ),
    (
        "role",
        0.75,
        "act |behave|respond |answer |roleplay|operate ",
        r"\b(?:act|behave|respond|answer|roleplay|operate) (?:as|like) (?:if you (?:have|had|"
        r"were)|an? (?:unrestricted|unfiltered|uncensored|jailbroken|evil|different)|dan\b|root|"
        r"the (?:system|admin\w*|developer|operator))",
    ),
    (
        "role",
        0.6,
        "pretend",
        r"\bpretend (?:that )?(?:you(?:'re| are| have)|to be)\b[^.!?\n]{0,40}"
        r"(?:unrestricted|no (?:rules|limits|filter|restrictions)|admin|system|developer|"
        r"root|ai\b)",
    ),
    (
        "jailbreak",
        0.75,
        " mode",
        r"\b(?:developer|debug|god|jailbreak|dan|maintenance|unrestricted|admin) mode"
        r"\b[^.!?\n]{0,20}(?:enabled?|activated?|on\b|engaged|unlocked)|\b(?:enable|enter|activate|"
        r"switch (?:in)?to|engage) (?:developer|debug|god|jailbreak|dan|unrestricted|"
        r"maintenance) mode",
    ),
    (
        "jailbreak",
        0.75,
        "restriction|filter|safety|ethical|content polic|guardrail",
        r"\b(?:without|with no|free (?:of|from)|no longer bound by|not bound by)"
        r" (?:any |all |your )?(?:restrictions|filters|safety (?:rules|guidelines|checks)|"
        r"ethical (?:limits|guidelines)|content polic\w+|guardrails)",
    ),
    (
        "frame",
        0.8,
        "<|[inst|[/inst",
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)"
        r"[^>]{0,20}\|?>|\[/?INST\]|<<\/?SYS>>|</?(?:system|instructions?|tool_response|"
        r"system[-_]prompt|untrusted|human|assistant)\s*>",
    ),
    (
        "frame",
        0.65,
        "system|developer|##",
        r"(?m)^\W{0,6}(?:system|developer)(?: (?:prompt|message|note|override|notice))?"
        r"\W{0,3}:\s*\S|^\W{0,4}#{2,}\s*(?:system|instructions?|new task)\b",
    ),
    (
        "frame",
        0.75,
        "end of|begin of",
        r"\b(?:end|begin) of (?:the )?(?:system )?(?:prompt|context|instructions|"
        r"user input|document|conversation)\b[^.\n]{0,12}(?:[\])>\-=*.:]|now|new)",
    ),
    (
        "address",
        0.7,
        "ai|a.i|llm|language model|assistant|chatbot|chat bot|gpt|claude|gemini|copilot|agent",
        rf"\b(?:dear|attention|note (?:to|for)|message (?:to|for)|instructions? (?:to|"
        rf"for)|hey|hello|important:?) (?:the |any |all |an? |every |this |you,? )?(?:{_MODEL})s?\b"
        r"(?:\W{0,3}(?:reading|processing|that|which|when|please|you|must|:|-|,))",
    ),
    (
        "address",
        0.75,
        "ai|a.i|llm|language model|assistant|chatbot|chat bot|gpt|claude|gemini|copilot|agent",
        rf"\b(?:if|when|since|as) (?:you(?:'re| are)|the) (?:an? |any |the )?{_MODEL}\b"
        r"[^.!?\n]{0,60}(?:read|process|summari|pars|see|index|must|should|please|say|do|"
        r"then|answer)",
    ),
    (
        "address",
        0.7,
        "ai|a.i|llm|language model|assistant|chatbot|chat bot|gpt|claude|gemini|copilot|agent",
        rf"\b(?:any|every|all) {_MODEL}s? (?:that |who |which )?(?:reads?|process(?:es)?|"
        r"sees?|summari[sz]es?|reading|processing)[^.!?\n]{0,40}(?:must|should|shall|has to|is to)",
    ),
    (
        "disclosure",
        0.75,
        "prompt|instruction|system message|rules|key|credential",
        rf"\b{_REVEAL}\b[^.!?\n]{{0,40}}?\b(?:your|the|its) (?:\w+ )?(?:system prompt|"
        r"system message|hidden (?:prompt|instructions|rules)|initial (?:prompt|instructions)|"
        r"(?:full |entire |exact )?(?:prompt|instructions)(?: verbatim| word for word)|"
        r"secret (?:key|instructions)|api keys?|credentials)",
    ),
    (
        "disclosure",
        0.6,
        "your ",
        r"\b(?:what|which) (?:is|are|were) (?:in )?your (?:system|hidden|initial|"
        r"original) (?:prompt|instructions|rules)",
    ),
    (
        "exfiltration",
        0.8,
        "conversation|history|memor|user|credential|key|password|secret|token|private|"
        "inbox|contacts",
        r"\b(?:send|forward|post|upload|e?-?mail|transmit|exfiltrate|leak|append|"
        r"include)\b[^.!?\n]{0,60}?\b(?:conversation|chat history|memor(?:y|ies)|user(?:'s)? "
        r"(?:data|details|messages|e?-?mails?|password\w*|files)|credentials|api keys?|password\w*|"
        r"secrets?|tokens?|private (?:data|notes)|inbox|contacts)\b[^.!?\n]{0,40}?"
        r"(?:to |at |via |in |on )?(?:https?://|\S+@\S+|the (?:following )?(?:url|address|endpoint|"
        r"server|webhook)|attacker|this (?:url|address|link|endpoint))",
    ),
    (
        "exfiltration",
        0.75,
        "![",
        r"!\[[^\]]{0,40}\]\(https?://[^)\s]{0,200}(?:\{|\$|<|%7b|\bdata=|\bq=)",
    ),
    (
        "secrecy",
        0.7,
        "user|human|owner|operator|customer|admin|anyone|person",
        rf"\b{_PLAIN_HIDE}\b",
    ),
    (
        "secrecy",
        0.5,
        "secretly|silently|covertly",
        r"\b(?:secretly|silently|covertly)\b[^.!?\n]{0,40}\b(?:send|call|run|execute|"
        r"add|insert|delete|transfer|forward|recommend|include)",
    ),
    (
        "action",
        0.65,
        "tool|function|command|plugin|shell",
        r"\b(?:call|invoke|use|run|execute|trigger) (?:the |your )?[\w.-]{0,30} ?"
        r"(?:tool|function|command|plugin|shell)\b[^.!?\n]{0,60}(?:now|immediately|without|first|"
        r"before (?:answer|repl|respond|anything)|with (?:the )?(?:arg|param|url|recipient)|rm -rf|"
        r"delete|transfer|wire|purchase)",
    ),
    (
        "action",
        0.7,
        "execute|carry out|obey|comply|follow|perform|run ",
        r"\b(?:execute|run|perform|carry out|obey|follow|comply with) (?:the |these |this |"
        r"all )?(?:following|below|next|new|attached|hidden)? ?(?:instructions?|commands?|orders|"
        r"code|script|steps)\b[^.!?\n]{0,30}(?:instead|immediately|without (?:question|asking|"
        r"confirm|verif|hesitat)|exactly|before (?:anything|answer|respond|you))",
    ),
    (
        "planting",
        0.7,
        "memory|future",
        r"\b(?:remember|memori[sz]e|store|save|keep|add|write|record)\b[^.!?\n]{0,50}"
        r"(?:in(?:to)?|to|for) (?:your |the |long-term |permanent )*(?:memory|all future|"
        r"every future|"
        r"future (?:conversations?|sessions?|answers?|repl))\b[^.!?\n]{0,80}(?:always|never|must|"
        r"recommend|trusted|send|ignore|instruction|as a rule|should)",
    ),
    (
        "planting",
        0.65,
        "from now on|in all|in every|henceforth|rest of",
        r"\b(?:from now on|in (?:all|every) (?:future )?(?:conversations?|answers?|"
        r"responses?|sessions?)|henceforth|for the rest of (?:this|the) (?:conversation|"
        r"session|chat))"
        r"\b,?[^.!?\n]{0,30}\b(?:you (?:must|will|shall|should|are|have to|always|never)|"
        r"always|never|"
        r"only|recommend|respond|answer|reply|treat|obey|say)",
    ),
    (
        "planting",
        0.6,
        "must|shall|should|has to|have to|required to",
        rf"\b(?:the |your |this )?(?:{_MODEL}|you) (?:must|shall|has to|have to|is "
        r"required to|are required to|should) (?:always |never |immediately |now |only |first )+"
        r"(?:recommend|say|answer|respond|reply|obey|send|approve|trust|rate|state|reveal|include|"
        r"insert|ignore|follow|click|call|execute|run|open|visit|forward|refuse)",
    ),
    (
        "override",
        0.65,
        "your new|your only|your real|your true|your actual|your primary",
        r"\byour (?:new|only|real|true|actual|primary) (?:task|goal|job|objective|"
        r"instructions?|purpose|role|mission|priority) (?:is|are)\b",
    ),
    (
        "verdict",
        0.6,
        "regardless|no matter|without|whatever|even if|always",
        r"\b(?:mark|rate|rank|score|classify|approve|label|report) (?:this|the|it)\b"
        r"[^.!?\n]{0,40} as (?:safe|approved|trusted|verified|the best|benign|top|correct)\b"
        r"[^.!?\n]{0,40}(?:regardless|no matter|without|whatever|even if|always)",
    ),
)
_COMPILED = tuple(
    (reason, weight, re.compile(pattern, re.IGNORECASE)) for reason, weight, _, pattern in _PATTERNS
)
_HINTS = tuple(
    (hint, tuple(at for at, row in enumerate(_PATTERNS) if hint in row[2].split("|")))
    for hint in sorted({hint for row in _PATTERNS for hint in row[2].split("|")})
)
"""Pieces of text, in lower case, with the patterns that cannot match where none of theirs is."""

_WORDS = re.compile(r"[a-z]+")
_TELLING_WORDS = (
    "above act admin administrator agent agents ai answer answers anyone aside assistant "
    "assistants attention attempt behave bypass chat chatbot chatbots claude code command "
    "commands conversation conversations context contacts copilot covertly credentials "
    "customer developer directive directives directions discard disregard disregarding "
    "dismiss document emails filters files follow following forget function future gemini "
    "given goal gpt guardrails guidelines heed henceforth hereby history human ignora ignorad "
    "ignore ignored ignoren ignorer ignores ignorez ignoriere ignorieren ignoriert ignoring "
    "inbox input instruction instructions job jailbreak key keys llm llms longer memories "
    "memory message messages mission mode model models must neglect notes now obey obeying "
    "objective operate operator orders overrule override owner password passwords person "
    "plugin policies policy pretend primary priority programming prompt prompts purpose "
    "regardless required respond responses rest restrictions role roleplay rules safety "
    "script secret secretly secrets sessions shall shell should silently skip steps system "
    "task throw token tokens tool training user users void safe approved trusted verified "
    "benign private "
)
_TELLING = frozenset(_TELLING_WORDS.split())
"""Every pattern needs one of these words, or a bracket; most texts have none."""

_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]|[\U000e0000-\U000e007f]+")
_COMMENT = re.compile(r"<!--(.{0,2000}?)-->", re.DOTALL)
_SPACE = re.compile(r"[^\S\n]+|(?<=[a-z,])\n(?=[a-z])")
_REPORTED = re.compile(
    r"\b(?:says?|said|saying|wrote|writes?|written|quot\w+|phrase\w*|example\w*|such as|like|"
    r"called|named|titled|attacks?|attackers?|injections?|jailbreaks?|detect\w*|filters?|blocks?|"
    r"blocked|contain\w*|strings?|texts?|phishing|malicious|suspicious|explain\w*|mean\w*|means|"
    r"article|paper|paragraph|talk|lecture|blog|training|warn\w*|asked|claim\w*|tried|"
    r"attempt\w*|refus\w*|reported|someone|somebody|report|message|email|page|lesson|book|story|"
    r"novel|film|movie|character|line|reads?)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^\W*(?:what|how|why|when|where|who|which|can|could|does|do|did|is|are|should|would|has|have|"
    r"tell me (?:what|how|why)|explain (?:what|how|why))\b",
    re.IGNORECASE,
)
_TALK = 0.35
"""What is left of a weight where the form is quoted and reported, or asked about."""

_SENTENCE_END = re.compile(r"[.!?\n]")
_OPENING, _CLOSING = "\"'“‘«`„‹", "\"'”’»`“›"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How much a text reads like orders to a model, 0 to 1, and what in it does."""

    score: float = 0.0
    reasons: tuple[str, ...] = ()


CLEAR = Suspicion()


def suspect(text: str) -> Suspicion:
    """Return how far ``text`` reads like instructions to the model that will be shown it.

    Each reason counts once, at its strongest; reasons add up as independent signs do:
    ``1 - (1 - a)(1 - b)…``.
    """
    marked = "<" in text or "[" in text or "##" in text or not text.isascii()
    if not marked and _TELLING.isdisjoint(_WORDS.findall(text.lower())):
        return CLEAR
    hidden = not text.isascii() and _HIDDEN.search(text) is not None
    plain = _plain(text)
    weights = _weights(plain)
    if not weights:
        return CLEAR
    unseen = hidden and len(plain) + 8 < len(text)
    if unseen or any(_weights(comment[1]) for comment in _COMMENT.finditer(plain)):
        weights["hidden"] = 0.5
    rest = 1.0
    for weight in weights.values():
        rest *= 1.0 - weight
    return Suspicion(round(1.0 - rest, 3), tuple(sorted(weights)))


def _plain(text: str) -> str:
    """Return the text without what only hides it: invisible characters, widths, breaks, blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).replace("’", "'")
    return _SPACE.sub(" ", text) if "\n" in text or "  " in text or "\t" in text else text


def _weights(text: str) -> dict[str, float]:
    """Return the strongest weight of each reason that the text gives."""
    lowered = text.lower()
    tried: set[int] = set()
    for hint, places in _HINTS:
        if hint in lowered:
            tried.update(places)
    weights: dict[str, float] = {}
    for at in sorted(tried):
        reason, weight, pattern = _COMPILED[at]
        if weights.get(reason, 0.0) >= weight:
            continue
        for match in pattern.finditer(text):
            talk = reason != "frame" and _talked_of(text, *match.span())
            weights[reason] = max(weights.get(reason, 0.0), weight * _TALK if talk else weight)
            if not talk:
                break
    return weights


def _talked_of(text: str, start: int, end: int) -> bool:
    """Tell whether a span is quoted by somebody who reports it, or part of a question."""
    before = text[max(0, start - 160) : start]
    opened = [at for at, char in enumerate(before) if char in _OPENING]
    closed = any(char in _CLOSING for char in text[end : end + 120])
    if opened and closed and _REPORTED.search(before[: opened[-1] + 1]):
        return True
    cut = [match.end() for match in _SENTENCE_END.finditer(before)]
    sentence = before[cut[-1] if cut else 0 :]
    stop = _SENTENCE_END.search(text, end)
    asks = stop is not None and stop[0] == "?"
    return asks and _ASKING.match(sentence + text[start:end]) is not None
