"""Policy sets, simulations, sweeps and feedback on the command line."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from memory_os.domain.operations.policies import PolicyRecord, SimulatedDay, SimulationResult
from memory_os.errors import InvalidInput, StoreUnavailable
from memory_os.policies.simulation import marks
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import database_url, existing, memory, service_url
from memory_os_api.cli.work.reading import STDIN, given, scope_of, text_of

_STATES = ("activated", "generated", "archived", "expired")
_COUNTS = ("created", "uses", "misses", "archivals", "expiries", "evictions", "reactivations")
_BARS = "▁▂▃▄▅▆▇█"
_SPARKS = 60


def list_policies(**options: Any) -> None:
    """Print the policy sets."""
    with memory(*_place(options)) as opened:
        found = opened.policies()
    if options["as_json"]:
        showing.document(found)
        return
    for record in found.results:
        showing.say(showing.console(), _line(record))


def show(**options: Any) -> None:
    """Print a policy set as TOML."""
    with memory(*_place(options)) as opened:
        record = opened.policy(options["name"], version=options["version"])
    if options["as_json"]:
        showing.document(record)
        return
    shown = showing.console()
    showing.say(shown, escape(f"# {record.name}@{record.version}{_whose(record)}"))
    for line in _toml(record.settings):
        showing.say(shown, escape(line))


def set_policy(**options: Any) -> None:
    """Set a policy set and print what it is now."""
    asked = given(options, ("agents", "expected_version", "reason"))
    if options["nobody"]:
        if options["agents"]:
            raise InvalidInput("give --for or --for-nobody, not both")
        asked["agents"] = ()
    settings = _settings(options["file"])
    with memory(*_place(options), makes=True) as opened:
        record = opened.set_policy(options["name"], settings, dry_run=options["dry_run"], **asked)
    if options["as_json"]:
        showing.document(record)
        return
    said = "would be " if record.dry_run else ""
    showing.say(showing.console(), said + _line(record))


def simulate(**options: Any) -> None:
    """Print what a policy set would do, and write the plot."""
    plot: Path | None = options["plot"]
    asked = {name: options[name] for name in ("days", "seed", "daily")}
    settings = None if options["file"] is None else _settings(str(options["file"]))
    with memory(*_somewhere(options)) as opened:
        found = opened.simulate_policy(options["name"], settings, plot=plot is not None, **asked)
    if plot is not None:
        try:
            plot.write_text(found.svg or "", encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"{str(plot)!r} cannot be written: {error.strerror}") from error
    if options["as_json"]:
        showing.document(found)
        return
    _show_simulation(showing.console(), found)
    if plot is not None:
        showing.say(Console(stderr=True, highlight=False), f"[dim]plot: {escape(str(plot))}[/]")


def run(**options: Any) -> None:
    """Carry policies out and print what moved."""
    asked = scope_of(options) | given(options, ("reason", "limit"))
    with memory(*_place(options)) as opened:
        done = opened.run_policies(options["policies"] or None, dry_run=options["dry_run"], **asked)
    if options["as_json"]:
        showing.document(done)
        return
    shown = showing.console()
    for move in done.results:
        said = f"{move.from_state.value} → {move.to_state.value} {move.policy.value}: {move.reason}"
        showing.say(shown, f"[bold]{escape(move.id)}[/] [dim]{escape(said)}[/]")
    for kept in done.refused:
        showing.say(shown, f"[bold]{escape(kept.id)}[/] [yellow]{escape(kept.message)}[/]")
    verb = "would move" if done.dry_run else "moved"
    counted = ", ".join(
        f"{policy} {event} {count}"
        for policy, events in done.counts.items()
        for event, count in events.items()
    )
    showing.say(shown, escape(f"{done.moved} {verb}" + (f": {counted}" if counted else "")))


def feedback(**options: Any) -> None:
    """Count what a memory was good for and print how strong it is."""
    with memory(*_place(options)) as opened:
        told = opened.feedback(options["memory_id"], options["signal"], reason=options["reason"])
    if options["as_json"]:
        showing.document(told)
        return
    said = f"strength {told.sigma:.2f}, half-life {told.half_life_days:.1f} days"
    showing.say(showing.console(), f"[bold]{escape(told.id)}[/] [dim]{escape(said)}[/]")


def _settings(name: str | None) -> str | None:
    """Return the text of a file, or of standard input."""
    if name is None:
        return None
    return text_of(STDIN, None) if name == STDIN else text_of(None, Path(name))


def _line(record: PolicyRecord) -> str:
    since = "built in" if record.at is None else showing.day(record.at)
    reason = f" {record.reason}" if record.reason else ""
    label = escape(f"{record.name}@{record.version}")
    return f"[bold]{label}[/] [dim]{escape(f'{since}{_whose(record)}{reason}')}[/]"


def _whose(record: PolicyRecord) -> str:
    return f" for {', '.join(record.agents)}" if record.agents else ""


def _toml(settings: Mapping[str, Any], path: Sequence[str] = ()) -> Iterator[str]:
    """Yield settings as TOML; what is unset is left out, as TOML has no null."""
    plain = {k: v for k, v in settings.items() if not isinstance(v, Mapping) and v is not None}
    if plain and path:
        yield f"[{'.'.join(path)}]"
    for name, value in plain.items():
        yield f"{name} = {_literal(value)}"
    if plain:
        yield ""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _toml(value, (*path, name))


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _show_simulation(shown: Console, found: SimulationResult) -> None:
    title = f"{found.name}@{found.version} over {found.days} days, seed {found.seed}"
    table = Table(title=title, title_justify="left")
    for name in ("day", *_STATES, *_COUNTS):
        table.add_column(name, justify="right")
    for day in marks(list(found.results)):
        table.add_row(*(f"{getattr(day, name):,}" for name in ("day", *_STATES, *_COUNTS)))
    shown.print(table)
    for state in _STATES:
        showing.say(shown, f"{state:>10} {_sparkline(found.results, state)}")


def _sparkline(days: Sequence[SimulatedDay], state: str) -> str:
    step = max(1, len(days) // _SPARKS)
    values = [getattr(day, state) for day in days[::step]]
    top = max(*values, 1)
    return "".join(_BARS[value * (len(_BARS) - 1) // top] for value in values)


def _somewhere(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    """Return where the policy sets are, or a store in RAM where there is none: nothing is made."""
    database, url, api_key, tenant = _place(options)
    if service_url(database, url) is None:
        try:
            existing(database_url(database))
        except StoreUnavailable:
            database = "sqlite://"
    return database, url, api_key, tenant


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
