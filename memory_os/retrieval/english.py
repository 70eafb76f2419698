"""What the analyser knows of English: words that carry no meaning, and irregular forms.

A stemmer cuts endings; it cannot know that *went* is *go*. The irregular forms are the closed
list of common English verbs, plurals and comparatives.
"""

STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are aren't as at be because been
    before being below between both but by can can't cannot could couldn't did didn't do does
    doesn't doing don't down during each else ever few for from further get had hadn't has hasn't
    have haven't having he he'd he'll he's her here here's hers herself him himself his how how's i
    i'd i'll i'm i've if in into is isn't it it'd it'll it's its itself just let's like me more
    most my myself no nor not now of off on once only or other ought our ours ourselves out over
    own really same shall she she'd she'll she's should shouldn't so some such than that that'll
    that's the their theirs them themselves then there there's these they they'd they'll they're
    they've this those through to too under until up upon us very was wasn't we we'd we'll we're
    we've were weren't what what's when when's where where's which while who who's whom whose why
    why's will with won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
    yourselves
    """.split()  # noqa: SIM905 - a list of 170 quoted words hides them
)

_FORMS = """
    become became; begin began begun; bend bent; bind bound; bite bit bitten; blow blew blown;
    break broke broken; breed bred; bring brought; build built; burn burnt; buy bought;
    catch caught; choose chose chosen; cling clung; come came; creep crept; deal dealt; dig dug;
    draw drew drawn; dream dreamt; drink drank drunk; drive drove driven; eat ate eaten;
    fall fell fallen; feed fed; feel felt; fight fought; find found; flee fled; fly flew flown;
    forbid forbade forbidden; forget forgot forgotten; forgive forgave forgiven;
    freeze froze frozen; give gave given; go went gone; grind ground; grow grew grown; hang hung;
    hear heard; hide hid hidden; hold held; keep kept; kneel knelt; know knew known; lay laid;
    lead led; lean leant; leap leapt; learn learnt; leave left; lend lent; lose lost; make made;
    mean meant; meet met; pay paid; prove proven; ride rode ridden; ring rang rung;
    rise rose risen; run ran; say said; see saw seen; seek sought; sell sold; send sent; sew sewn;
    shake shook shaken; shine shone; shoot shot; show shown; shrink shrank shrunk; sing sang sung;
    sink sank sunk; sit sat; sleep slept; slide slid; smell smelt; speak spoke spoken; spend spent;
    spin spun; spring sprang sprung; stand stood; steal stole stolen; stick stuck; sting stung;
    strike struck; swear swore sworn; sweep swept; swell swollen; swim swam swum; swing swung;
    take took taken; teach taught; tear tore torn; tell told; think thought; throw threw thrown;
    understand understood; wake woke woken; wear wore worn; weave wove woven; weep wept; win won;
    wind wound; wring wrung; write wrote written;
    child children; man men; woman women; person people; foot feet; tooth teeth; mouse mice;
    goose geese; wife wives; life lives; knife knives; leaf leaves; shelf shelves; half halves;
    good better best; bad worse worst
"""

IRREGULAR = {
    form: forms[0] for forms in (entry.split() for entry in _FORMS.split(";")) for form in forms[1:]
}
"""From an irregular form to the word it is a form of."""
