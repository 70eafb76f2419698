"""The constants of recall in one place; one default for every kind of memory.

What each number does to quality is measured in ``docs/decisions/0007-retrieval-profile.md``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetrievalProfile:
    """Weights and limits of the pipeline. Weights of one kind are compared with each other.

    Sparse matching: ``k1`` and ``b`` are BM25's own. ``lexical`` and ``dense`` weigh a passage's
    own BM25 and cosine, ``window`` BM25 over it and its direct neighbours, ``group`` BM25 over its
    session. Cosines are stretched to their range within the query; one under ``least_range`` tells
    nothing apart and is stretched no further. ``near`` and ``far`` are the shares of their own
    score that a passage's first and second neighbours give it. ``context_terms`` is the length in
    index terms (about a spoken turn of 60 words) up to which a passage takes its context in full;
    a longer one takes less, in proportion, and itself in its place.

    Evidence beyond words, each in shares of the best score: ``named`` when the query names the
    speaker or title, ``mentioned`` of that when it names a speaker and somebody else speaks of
    them, ``asker`` when it speaks of "I" and a user said it, ``dated`` when it was
    said in the time that the query names, ``preferred`` for preferences when advice is asked for,
    ``recent`` for the newest when the present is asked for, ``activated`` for a memory that was
    activated, ``untrusted`` per level of missing trust (a loss).

    Links: ``link`` weighs a document that one of the best ``readings`` passages names,
    ``link_floor`` of it for the naming alone, the rest by the share of the query that the naming
    passage leaves open and the document answers.

    Standing instructions: at most ``slots`` that are at least ``applies`` like the
    query and within ``applies_gap`` of the best one, put behind the ``lead`` best hits.

    ``spread_groups`` is the loss for each earlier hit of the same session when the query asks for
    an overview.

    Candidates: scopes up to ``exhaustive`` passages are scored whole; above, ``pool`` passages
    (twice as many as hits are wanted, if that is more) each by BM25 and cosine, ``members`` of
    each of the ``top_groups`` best sessions, and the neighbours of all those. ``names_limit``
    passages at most may share a name that is followed.

    Confidence: the logistic of ``sure_base`` and the weighted coverage and cosine; ``background``
    is explained in ``abstain.py``. Nothing is answered while no hit reaches ``abstain``.
    A hit under ``filler`` of the best one's confidence is filler, unless a link, the named time,
    the wish for advice or its activation speaks for it; a context leaves it out.
    """

    k1: float = 1.2
    b: float = 0.75
    lexical: float = 0.30
    dense: float = 0.30
    least_range: float = 0.05
    window: float = 0.15
    group: float = 0.15
    near: float = 0.25
    far: float = 0.10
    context_terms: int = 32
    named: float = 0.3
    mentioned: float = 0.3
    asker: float = 0.3
    dated: float = 0.3
    preferred: float = 0.3
    recent: float = 0.1
    activated: float = 0.05
    untrusted: float = 0.05
    link: float = 1.0
    link_floor: float = 0.5
    readings: int = 3
    slots: int = 2
    applies: float = 0.3
    applies_gap: float = 0.05
    lead: int = 3
    spread_groups: float = 0.1
    exhaustive: int = 1024
    pool: int = 150
    top_groups: int = 3
    members: int = 100
    names_limit: int = 50
    background: int = 100
    sure_base: float = -6.5
    sure_coverage: float = 9.0
    sure_cosine: float = 6.0
    filler: float = 0.02
    abstain: float = 0.008
