"""Strict reading of the customer feedback template, after its page (2026-03-23)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .reading import Reader

SCORES: Mapping[str, tuple[str, ...]] = {
    "csat": ("one_to_five", "five_stars", "five_emojis"),
    "nps": ("zero_to_ten",),
    "ces": ("one_to_seven",),
    "free_form": (),
}
SCORE_LABELS = ("neg_pos", "hard_easy", "dis_sat", "unlike_like", "poor_great", "none")
_ADDRESS = re.compile(r"https?://|\bwww\.", re.IGNORECASE)


class FeedbackReader(Reader):
    """Reads a customer feedback template; every method raises RefusedError."""

    def feedback_template(self, value: object, path: str) -> None:
        """Check the template: one screen, one question."""
        fields = self.fields(
            value,
            path,
            (
                *("template_type", "title", "subtitle", "button_title", "feedback_screens"),
                "business_privacy",
            ),
            ("expires_in_days",),
        )
        for name in ("title", "subtitle", "button_title"):
            self.plain(fields[name], f"{path}.{name}", self.limits[f"feedback_{name}"])
        for where, screen in self.items(fields["feedback_screens"], f"{path}.feedback_screens", 1):
            asked = self.fields(screen, where, ("questions",), ())["questions"]
            for place, question in self.items(asked, f"{where}.questions", 1):
                self.question(question, place)
        privacy = self.fields(fields["business_privacy"], f"{path}.business_privacy", ("url",), ())
        self.link(privacy["url"], f"{path}.business_privacy.url")
        days = fields.get("expires_in_days", 1)
        if type(days) is not int or not 1 <= days <= self.limits["feedback_days"]:
            raise self.wrong(f"`{path}.expires_in_days` is not 1 to {self.limits['feedback_days']}")

    def question(self, value: object, path: str) -> None:
        """Check the one question."""
        optional = ("title", "score_label", "score_option", "follow_up")
        fields = self.fields(value, path, ("id", "type"), optional)
        known_as = self.text(fields["id"], f"{path}.id", self.limits["feedback_question_id"])
        if not re.fullmatch(r"[A-Za-z0-9_]+", known_as):
            raise self.wrong(f"`{path}.id` holds more than letters, digits and underscores")
        kind = self.choice(fields["type"], f"{path}.type", tuple(SCORES))
        if "title" in fields:
            most, least = self.limits["feedback_question"], self.limits["feedback_question_least"]
            self.plain(fields["title"], f"{path}.title", most, least=least)
        if "score_label" in fields:
            self.choice(fields["score_label"], f"{path}.score_label", SCORE_LABELS)
        if "score_option" in fields:
            self.choice(fields["score_option"], f"{path}.score_option", SCORES[kind])
        if "follow_up" in fields:
            if kind == "free_form":
                raise self.wrong(f"`{path}.follow_up` goes with a score only")
            self.follow_up(fields["follow_up"], f"{path}.follow_up")

    def follow_up(self, value: object, path: str) -> None:
        """Check the field for words under a score."""
        fields: dict[str, Any] = self.fields(value, path, ("type",), ("placeholder",))
        self.choice(fields["type"], f"{path}.type", ("free_form",))
        if "placeholder" in fields:
            most = self.limits["feedback_placeholder"]
            self.plain(fields["placeholder"], f"{path}.placeholder", most)

    def plain(self, value: object, path: str, most: int, *, least: int = 1) -> None:
        """Check words that may hold no address."""
        if _ADDRESS.search(self.text(value, path, most, least=least, read=True)):
            raise self.wrong(f"`{path}` holds a web address")
