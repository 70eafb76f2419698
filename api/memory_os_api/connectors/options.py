"""What every connector does with the options it is given."""

from collections.abc import Iterable, Mapping

from memory_os.errors import ConfigurationError


def refuse_unknown(url: str, given: Mapping[str, object], allowed: Iterable[str]) -> None:
    """Refuse an option that the connector does not have.

    Raises:
        ConfigurationError: with the names it has.
    """
    names = sorted(allowed)
    wrong = sorted(set(given) - set(names))
    if wrong:
        raise ConfigurationError(
            f"connect({url!r}) has no option {', '.join(wrong)}; it has {', '.join(names)}"
        )
