"""How texts phrase orders to a model: patterns with reasons, weights and what each has to hold.

A row is the reason, its weight, pieces in lower case of which a match has at least one, and the
pattern itself.
"""

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
    r"(?:(?:ai|a\.i\.)(?: (?:assistant|agent|model|system|bot))?|llm|language model|assistant|"
    r"chat ?bot|gpt(?:-\d)?|claude|gemini|copilot)"
)

PATTERNS: tuple[tuple[str, float, str, str], ...] = (
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
        "before this|above|been given|were given|previous|prior|earlier",
        rf"\b(?:{_WHAT} (?:above|before this|you (?:were|have been) given)|"
        rf"(?:previous|prior|earlier) {_WHAT}) "
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
        r"\b[^.!?\n]{0,10} (?:enabled?|activated?|on\b(?! (?:my|the|his|her))|engaged|"
        r"unlocked)|\b(?:enable|enter|activate|"
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
        r"user input|document|conversation)\b[^.\n]{0,12}(?:[\])>\-=*:]|\. ?(?:now|new)\b)",
    ),
    (
        "address",
        0.7,
        "ai|a.i|llm|language model|assistant|chatbot|chat bot|gpt|claude|gemini|copilot",
        rf"\b(?:dear|attention|note (?:to|for)|message (?:to|for)|instructions? (?:to|"
        rf"for)|hey|hello|important:?) (?:the |any |all |an? |every |this |you,? )?(?:{_MODEL})s?\b"
        r"(?:\W{0,3}(?:reading|processing|that|which|when|please|you|must|:|-|,))",
    ),
    (
        "address",
        0.75,
        "ai|a.i|llm|language model|assistant|chatbot|chat bot|gpt|claude|gemini|copilot",
        rf"\b(?:if|when|since|as) (?:you(?:'re| are)|the|an?) (?:an? |any |the )?{_MODEL}\b"
        r"[^.!?\n]{0,60}(?:read|process|summari|pars|see|index|must|should|please|say|do|"
        r"then|answer)",
    ),
    (
        "address",
        0.7,
        "ai|a.i|llm|language model|assistant|chatbot|chat bot|gpt|claude|gemini|copilot",
        rf"\b(?:any|every|all) {_MODEL}s? (?:that |who |which )?(?:reads?|process(?:es)?|"
        r"sees?|summari[sz]es?|reading|processing)[^.!?\n]{0,40}(?:must|should|shall|has to|is to)",
    ),
    (
        "address",
        0.6,
        "ai|a.i|llm|language model|assistant|chatbot|chat bot|gpt|claude|gemini|copilot",
        rf"(?:^|[.!?\n]\s*){_MODEL}s?, (?:please|when|while|before|after|you|do|now)\b",
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

TELLING = (
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
    "benign private response reply every "
)
