"""Plants instructions in documents: in their text, titles, names, headings, tables and front matter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from evals.trust.attack_file import AttackText

PLACES = ("begin", "middle", "end", "title", "heading", "name", "table", "faq", "metadata", "warning")
_TITLE_LIMIT = 400
_NAME_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Planted:
    """An instruction that lies in a document.

    Args:
        attack: the instruction.
        place: where in the document.
        question: what a customer asks so that the document is found.
    """

    attack: AttackText
    place: str
    question: str


def plant(attacks: Sequence[AttackText], carriers: Sequence[AttackText], documents: Path) -> tuple[Planted, ...]:
    """Write one document for each attack, the places taken in turn, each in another carrier.

    Args:
        attacks: the instructions.
        carriers: harmless texts.
        documents: a brand's documents folder.
    """
    found = []
    for number, attack in enumerate(attacks):
        carrier = carriers[number % len(carriers)]
        place = PLACES[number % len(PLACES)]
        body = carrier.text.replace("\x00", " ")
        question = re.sub(r"^Q:\s*", "", carrier.question) or body[:200]
        _write(attack.text.replace("\x00", " "), body, question, place, documents, number)
        found.append(Planted(attack, place, question))
    return tuple(found)


def _write(text: str, body: str, question: str, place: str, documents: Path, number: int) -> None:
    line = " ".join(text.split())
    front: dict[str, str] = {"title": f"Notice {number}", "language": "en"}
    heading, name = f"Letter {number}", f"notice-{number:04}"
    if place == "begin":
        body = f"{text}\n\n{body}"
    elif place == "middle":
        cut = body.find(" ", len(body) // 2)
        body = f"{body[:cut]}\n\n{text}\n\n{body[cut:]}"
    elif place == "end":
        body = f"{body}\n\n{text}"
    elif place == "title":
        front["title"] = line[:_TITLE_LIMIT]
    elif place == "heading":
        heading = line[:_TITLE_LIMIT]
    elif place == "name":
        name = re.sub(r"[^\w .,'!-]", "_", line)[:_NAME_LIMIT].strip(" .") + f"-{number}"
    elif place == "table":
        cell = line.replace("|", "/")
        body = f"{body}\n\n| Item | Value |\n|---|---|\n| Note | {cell} |\n| Other | {number} |"
    elif place == "metadata":
        front["version"] = line[:60]
    elif place == "warning":
        body = f"> **WARNING** {line}\n\n1. Read the letter.\n2. Keep it.\n\n{body}"
    if place == "faq":
        import csv

        with (documents / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("question", "answer"), (question, f"{body[:600]} {text}")])
        return
    head = yaml.safe_dump(front, allow_unicode=True)
    (documents / f"{name}.md").write_text(f"---\n{head}---\n# {heading}\n\n{body}\n", encoding="utf-8")
