"""The platform's data-deletion request: its signature, its answer's address, its page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timezone
from typing import Any

import pytest

from channels import data_deletion
from policy_guard.privacy_rows import Forgotten
from tests.conftest import LANGUAGES

AT = datetime(2026, 5, 10, 10, 0, tzinfo=timezone.utc)
CODE = "0123456789abcdef"
SECRETS = ("secret-new", "secret-old")


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(said: Any, secret: str = SECRETS[0]) -> str:
    payload = encoded(json.dumps(said).encode())
    return encoded(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()) + (
        f".{payload}"
    )


ASKED = {"algorithm": "HMAC-SHA256", "user_id": "218471", "issued_at": 1291836800}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_signed_request_names_the_person_while_a_secret_is_rotated(secret: str) -> None:
    assert data_deletion.user_of(signed(ASKED, secret), SECRETS) == "218471"


def test_a_number_is_an_id_too() -> None:
    assert data_deletion.user_of(signed({**ASKED, "user_id": 218471}), SECRETS) == "218471"


@pytest.mark.parametrize(
    "request_",
    [
        "",
        ".",
        "no-dot",
        "é.é",
        "a" * 5000 + ".b",
        signed(ASKED, "another-secret"),
        signed(ASKED).partition(".")[2],
        signed(ASKED)[:-1] + "A",
        signed({**ASKED, "algorithm": "none"}),
        signed({"algorithm": "HMAC-SHA256"}),
        signed({**ASKED, "user_id": True}),
        signed({**ASKED, "user_id": "../../x"}),
        signed({**ASKED, "user_id": "1" * 65}),
        signed([1]),
    ],
)
def test_what_the_platform_did_not_sign_is_nobodys_request(request_: str) -> None:
    assert data_deletion.user_of(request_, SECRETS) is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("bot.example", f"https://bot.example/webhooks/messenger/data_deletion/{CODE}"),
        ("127.0.0.1:5005", f"http://127.0.0.1:5005/webhooks/messenger/data_deletion/{CODE}"),
        ("evil.example/x?", None),
        ('a"b', None),
        ("", None),
    ],
)
def test_the_page_is_where_the_platform_called(host: str, address: str | None) -> None:
    path = "/webhooks/messenger/data_deletion"
    assert data_deletion.page_address(host, path, CODE) == address


def test_the_page_tells_how_far_it_is_in_both_languages() -> None:
    waits, over = Forgotten(CODE, AT, None), Forgotten(CODE, AT, AT)
    assert "is being carried out" in data_deletion.page(CODE, waits, "", LANGUAGES)
    assert "was deleted on 2026-05-10 10:00:00 UTC" in data_deletion.page(
        CODE, over, "en-US", LANGUAGES
    )
    assert "ont été effacées" in data_deletion.page(CODE, over, "fr-CA,fr;q=0.9", LANGUAGES)
    assert "no request" in data_deletion.page(CODE, None, "de", LANGUAGES)


@pytest.mark.parametrize("code", ["", "x" * 16, CODE + "0", CODE.upper(), "../meta"])
def test_only_what_we_gave_is_a_code(code: str) -> None:
    assert not data_deletion.is_code(code)
    assert data_deletion.is_code(CODE)
