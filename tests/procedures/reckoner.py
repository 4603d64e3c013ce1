"""The figures of a service year, reckoned anew from journals alone: nothing here is shared with what writes the report.

Minutes of a day are counted one by one and answers are taken from the entries, so that it is slow and plain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.actor import OPERATOR
from engine.engine import Engine

KINDS = {
    **{"CBS00P017": "事件", "CBS00P018": "问题", "CBS00P019": "配置"},
    **{"CBS00P020": "变更与发布", "CBS00P007": "重大故障"},
}
MINUTE = timedelta(minutes=1)


class Reckoner:
    """What the journals of a project's linked instances say."""

    def __init__(self, engine: Engine, project: str) -> None:
        self.found: list[tuple[str, dict[str, Any], bool, str]] = []
        for id in engine.instance(OPERATOR, project).children:
            said: dict[str, Any] = {}
            ended, key, opened = False, "", ""
            for entry in _entries(engine, id):
                if entry["kind"] == "started":
                    key = entry["data"]["definition"]["key"]
                    opened = _beijing(entry["at"])
                    said |= entry["data"].get("variables") or {}
                if entry["kind"] == "completed":
                    said |= entry["data"].get("data") or {}
                for effect in entry["effects"]:  # what a decision table found stands in no answer
                    if effect["type"] == "set" and effect["scope"] == "" and effect["name"] == "priority":
                        said["priority"] = effect.get("new")
                ended = ended or any(effect["type"] == "ended" for effect in entry["effects"])
            self.found.append((key, said, ended, opened))

    def counts(self, first: str, last: str) -> Counter[tuple[str, str | None]]:
        """How many occurred from day to day, by kind and priority."""
        return Counter(
            (KINDS[key], said.get("priority"))
            for key, said, _, opened in self.found
            if key in KINDS and first <= str(said.get("occurred_at") or opened)[:10] <= last
        )

    def open(self) -> int:
        """How many have not ended."""
        return sum(key in KINDS and not ended for key, _, ended, _ in self.found)

    def broken(self, promises: Mapping[str, tuple[int, int]]) -> Counter[str]:
        """Recovered events that answered or recovered too late, by priority; minutes and hours that are promised."""
        counted: Counter[str] = Counter()
        for key, said, _, _ in self.found:
            priority = said.get("priority") or ("p1" if key == "CBS00P007" else "")
            if key in ("CBS00P017", "CBS00P007") and priority in promises and said.get("recovered_at"):
                response, recovery = promises[priority]
                begun = datetime.fromisoformat(said["occurred_at"])
                answered, back = (datetime.fromisoformat(said[name]) for name in ("responded_at", "recovered_at"))
                late = answered - begun > timedelta(minutes=response) or back - begun > timedelta(hours=recovery)
                counted[priority] += late
        return counted

    def down(self, system: str) -> int:
        """In how many minutes the system was down."""
        minutes: set[datetime] = set()
        for key, said, _, _ in self.found:
            fault = key == "CBS00P007" and said.get("system_down") is not False
            if said.get("system_name") == system and (fault or key == "CBS00P017" and said.get("system_down")):
                at = datetime.fromisoformat(said.get("down_at") or said["occurred_at"])
                until = datetime.fromisoformat(said.get("up_at") or said["recovered_at"])
                while at < until:
                    minutes.add(at)
                    at += MINUTE
        return len(minutes)

    def hours(self) -> float:
        """The hours of all."""
        return round(sum(said.get("hours") or 0 for _, said, _, _ in self.found), 1)


def _entries(engine: Engine, id: str) -> list[dict[str, Any]]:
    return engine.journal(OPERATOR, id, limit=200).items


def _beijing(at: str) -> str:
    return (datetime.fromisoformat(at.replace("Z", "+00:00")) + timedelta(hours=8)).isoformat()
