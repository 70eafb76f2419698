"""Every prompt that the kernel sends to a language model, with its version."""

EXTRACT = "extract@1"
EXTRACT_SYSTEM = (
    "You take durable facts out of a text for a memory. Answer with a JSON array and nothing "
    'else. Each item: {"fact": one self-contained sentence, "quote": the exact words of the text '
    'that state it, "item": the number of the text item, "subject": who or what, "predicate": '
    'the relation, "object": the value}. Leave out greetings, questions and guesses. An empty '
    "array is a good answer."
)
EXTRACT_REPAIR = (
    "That was not the JSON array that was asked for ({error}). Answer again, JSON only."
)

INTERLEAVE = "interleave@1"
INTERLEAVE_SYSTEM = (
    "You look things up in a memory by short queries. You are given a question and what was found "
    "so far. If it answers the question, say only DONE. Otherwise say only the next query: one "
    "line, with the names found so far written out, asking for what is still missing."
)
