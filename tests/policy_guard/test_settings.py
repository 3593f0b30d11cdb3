"""Every wrong `endpoints.yml` is one sentence that names the file, the line and the value."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from policy_guard import settings
from policy_guard.errors import GuardError, SettingsError
from policy_guard.vocabulary import QuietHours

WHOLE = """\
action_endpoint:
  url: http://127.0.0.1:5055/webhook
policy_guard:
  url: sqlite:///var/guard.db
  alerts: alerts.yml
  page:
    region: US
    time_zone: America/New_York
    one_time_notification: true
  settings:
    window_margin: 10m
    quiet_hours: "22:00-08:00"
    proactive_per_day: 3
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "endpoints.yml"
    file.write_text(text, "utf-8")
    return file


def refused(folder: Path, text: str, env: dict[str, str] | None = None) -> str:
    """Return the sentence with which the file is refused, without the path of the file."""
    file = written(folder, text)
    with pytest.raises(GuardError) as caught:
        settings.load(file, env or {})
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(str(file)), said
    return said[len(str(file)) :]


# --- what is read ---


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    got = settings.load(written(tmp_path, WHOLE), {})
    assert got.url == f"sqlite:///{tmp_path}/var/guard.db"
    assert got.alerts == tmp_path / "alerts.yml"
    assert (got.page.region, got.page.time_zone) == ("US", "America/New_York")
    assert (got.page.one_time_notification, got.page.human_agent) == (True, False)
    assert got.settings.window_margin == timedelta(minutes=10)
    assert got.settings.quiet_hours == QuietHours(time(22), time(8))
    assert got.settings.proactive_per_day == 3


def test_the_region_is_all_that_is_required(tmp_path: Path) -> None:
    got = settings.load(written(tmp_path, "policy_guard: {page: {region: uk}}\n"), {})
    assert got.page.region == "GB"
    assert got.url == f"sqlite:///{tmp_path}/var/guard.db"
    assert got.alerts == tmp_path / "alerts.yml"
    assert got.settings.window_margin == timedelta(minutes=5)
    assert (got.settings.quiet_hours, got.settings.proactive_per_day) == (None, None)


def test_the_environment_overrides_the_address_of_the_store(tmp_path: Path) -> None:
    env = {"POLICY_GUARD_DB": "sqlite:////elsewhere/guard.db"}
    got = settings.load(written(tmp_path, WHOLE), env)
    assert got.url == "sqlite:////elsewhere/guard.db"


def test_a_relative_address_in_the_environment_is_made_absolute_too(tmp_path: Path) -> None:
    got = settings.load(written(tmp_path, WHOLE), {"POLICY_GUARD_DB": "sqlite:///other.db"})
    assert got.url == f"sqlite:///{tmp_path}/other.db"


def test_an_empty_override_overrides_nothing(tmp_path: Path) -> None:
    got = settings.load(written(tmp_path, WHOLE), {"POLICY_GUARD_DB": ""})
    assert got.url == f"sqlite:///{tmp_path}/var/guard.db"


@pytest.mark.parametrize("quoted", ["${PAGE_REGION}", '"${PAGE_REGION}"', "'${PAGE_REGION}'"])
def test_a_value_from_the_environment_is_filled_in_quoted_or_not(
    tmp_path: Path, quoted: str
) -> None:
    text = WHOLE.replace("region: US", f"region: {quoted}")
    assert settings.load(written(tmp_path, text), {"PAGE_REGION": "JP"}).page.region == "JP"


def test_a_part_of_a_value_is_filled_in(tmp_path: Path) -> None:
    text = WHOLE.replace("sqlite:///var/guard.db", "postgresql://guard:${DB_PASSWORD}@db/guard")
    got = settings.load(written(tmp_path, text), {"DB_PASSWORD": "x"})
    assert got.url == "postgresql://guard:x@db/guard"


# --- what is refused ---


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(tmp_path / "endpoints.yml", {})
    assert str(caught.value) == (
        f"{tmp_path}/endpoints.yml: cannot be read: No such file or directory"
    )


@pytest.mark.parametrize(
    "text", ["", "action_endpoint: {}\n", "policy_guard:\n", "policy_guard: yes\n", "[]\n"]
)
def test_a_file_without_the_section_is_said(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text) == ": has no `policy_guard:` section"


def test_broken_yaml_is_said_with_its_line(tmp_path: Path) -> None:
    assert refused(tmp_path, "policy_guard:\n  page: [\n").startswith(":3: is not valid YAML: ")


REGION = "`policy_guard.page.region` is required: where the Page is"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (WHOLE.replace("    region: US\n", ""), 6),
        (WHOLE.replace("region: US", "region:"), 6),
        ("policy_guard:\n  url: sqlite:///x.db\n", 1),
        ("policy_guard:\n  url: sqlite:///x.db\n  page: US\n", 3),
    ],
    ids=["no region", "an empty region", "no page", "a page that is a word"],
)
def test_a_page_without_its_region_is_said_with_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    assert refused(tmp_path, text) == f":{line}: {REGION}"


BAD = [
    ("url:", "ulr:", 4, "unknown key `policy_guard.ulr`"),
    ("one_time_notification: true", "one_time: true", 9, "unknown key `page.one_time`"),
    ("one_time_notification: true", "one_time_notification: maybe", 9, "`maybe` is not true or"),
    ("region: US", "region: USA", 7, "`USA` is not an ISO 3166 country code"),
    ("region: US", "region: XX", 7, "`XX` is not an ISO 3166 country code"),
    ("America/New_York", "New York", 8, "`New York` is not a time zone such as"),
    ("window_margin: 10m", "window_margn: 10m", 11, "unknown key `settings.window_margn`"),
    ("window_margin: 10m", "window_margin: ten minutes", 11, "`ten minutes` is not a duration"),
    ("window_margin: 10m", "window_margin: 10", 11, "`10` is not a duration such as"),
    ('"22:00-08:00"', "at night", 12, "`at night` is not quiet hours such as"),
    ("proactive_per_day: 3", "promotional_wording: no", 13, "`no` is not finding or hold"),
    ("proactive_per_day: 3", "proactive_per_day: few", 13, "`few` is not a whole number or"),
    ("US", '"${PAGE_REGION}"', 7, "`policy_guard.page.region` is `${PAGE_REGION}`, but "
     "`PAGE_REGION` is not set"),
    ("10m", "${MARGIN}", 11, "window_margin` is `${MARGIN}`, but `MARGIN` is not set"),
    ("sqlite:///var/guard.db", "${GUARD_URL}", 4, "`policy_guard.url` is `${GUARD_URL}`, but "
     "`GUARD_URL` is not set"),
    ("sqlite:///var/guard.db", "<your database>", 4, "`policy_guard.url` still has the "
     "placeholder `<your database>`"),
    ("sqlite:///var/guard.db", "change-me", 4, "`policy_guard.url` still has the placeholder"),
    ("alerts: alerts.yml", "alerts: ${ALERTS}", 5, "`policy_guard.alerts` is `${ALERTS}`, but"),
    ("one_time_notification: true", 'utility_templates: ["${T}"]', 9, "but `T` is not set"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("good", "bad", "line", "said"), BAD, ids=[f"{b[1]} for {b[0]}" for b in BAD]
)
def test_a_bad_value_is_said_in_its_file(
    tmp_path: Path, good: str, bad: str, line: int, said: str
) -> None:
    assert WHOLE.count(good) == 1 or good == "url:"
    before, _, after = WHOLE.rpartition(good)
    assert said in refused(tmp_path, before + bad + after)


@pytest.mark.parametrize(
    ("good", "bad", "line", "said"), BAD, ids=[f"{b[1]} for {b[0]}" for b in BAD]
)
def test_a_bad_value_is_said_with_its_own_line(
    tmp_path: Path, good: str, bad: str, line: int, said: str
) -> None:
    before, _, after = WHOLE.rpartition(good)
    assert refused(tmp_path, before + bad + after).startswith(f":{line}: ")


def test_settings_that_are_no_mapping_are_said_with_their_line(tmp_path: Path) -> None:
    text = "policy_guard:\n  page: {region: US}\n  settings: strict\n"
    assert refused(tmp_path, text) == ":3: `settings` must be a mapping, not `strict`"


def test_an_address_that_is_none_is_said(tmp_path: Path) -> None:
    text = WHOLE.replace("sqlite:///var/guard.db", "guard.db")
    with pytest.raises(GuardError, match=r"`guard\.db` is not a database address such as"):
        settings.load(written(tmp_path, text), {})


@pytest.mark.parametrize(
    "value", ["<token>", "changeme", "CHANGE_ME", "your-secret", "your_token", "xxxx", "TODO"]
)
def test_a_placeholder_never_passes_for_a_value(value: str) -> None:
    with pytest.raises(SettingsError, match=f"`secret` still has the placeholder `{value}`"):
        settings.filled(value, "secret", {})


@pytest.mark.parametrize("value", ["a-real-looking-value", "youris", "xx", "todos", "a <b> c"])
def test_a_value_that_only_resembles_a_placeholder_passes(value: str) -> None:
    assert settings.filled(value, "secret", {}) == value


@pytest.mark.parametrize("value", ["${A", "x${A}${B", "${}"])
def test_a_broken_reference_never_passes_for_a_value(value: str) -> None:
    with pytest.raises(SettingsError):
        settings.filled(value, "secret", {"A": "1"})


def test_a_reference_to_an_empty_variable_is_refused() -> None:
    with pytest.raises(SettingsError, match="`secret` is `\\$\\{A\\}`, but `A` is not set"):
        settings.filled("${A}", "secret", {"A": ""})
