"""Settings come from the call, then the environment, then their defaults."""

import pytest
from pydantic import ValidationError

from memory_os.errors import ConfigurationError
from memory_os_api.settings import Settings, load_settings


def test_the_defaults_keep_to_this_machine() -> None:
    settings = load_settings()
    assert (settings.host, settings.database) == ("127.0.0.1", "sqlite:///memory.db")
    assert settings.max_body_bytes > 10_000_000


def test_the_environment_is_read_and_the_call_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_OS_PORT", "9000")
    monkeypatch.setenv("MEMORY_OS_HOST", "0.0.0.0")
    monkeypatch.setenv("MEMORY_OS_OPENAPI", "false")
    settings = load_settings(host="::1", port=None)
    assert (settings.port, settings.host, settings.openapi) == (9000, "::1", False)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("PORT", "http"), ("LOG_LEVEL", "loud"), ("MAX_BODY_BYTES", "0")],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"MEMORY_OS_{name}", value)
    with pytest.raises(ConfigurationError, match=f"MEMORY_OS_{name}"):
        load_settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1  # type: ignore[misc]
    with pytest.raises(ConfigurationError, match="speed"):
        load_settings(speed="high")


def test_every_setting_is_documented_with_its_default(docs_of_settings: str) -> None:
    for name, field in Settings.model_fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        number = default if not isinstance(default, float) else f"{default:g}"
        shown = "" if number is None else f"`{number}` "
        assert f"| `MEMORY_OS_{name.upper()}` | {shown}|" in docs_of_settings


@pytest.fixture
def docs_of_settings() -> str:
    from pathlib import Path

    return (Path(__file__).resolve().parents[3] / "docs" / "settings.md").read_text()
