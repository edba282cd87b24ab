"""Reads the care documents, or makes a group folder of them: `python -m training.care_documents.documents TARGET`."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

HELD_OUT_COMPANIES = ("kelvane", "hearthline")
"""Nothing is trained on what is asked of these."""
_MARKED = str.maketrans("*_|`#", "     ")
_CITED_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class CarePassage:
    """A passage and its questions.

    Args:
        company: which invented company it is of.
        heading: title of the document and headings, outermost first, between " > ".
        text: Markdown.
        questions: what it answers.
        near: what sounds as if it did, and is answered nowhere.
        answers: for each question the words of the text that answer it; empty where nobody marked them.
    """

    company: str
    heading: str
    text: str
    questions: tuple[str, ...]
    near: tuple[str, ...]
    answers: tuple[str, ...] = ()


def care_passages(folder: Path | None = None) -> Iterator[CarePassage]:
    """Every passage, company by company, in the order of the documents.

    Args:
        folder: holds COMPANY-NUMBER.jsonl; by default the one beside this module.
    """
    place = folder or Path(str(files("training.care_documents")))
    for file in sorted(place.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield CarePassage(
                company=file.stem.rsplit("-", 1)[0],
                heading=row["heading"],
                text=row["text"],
                questions=tuple(row["questions"]),
                near=tuple(row["near"]),
                answers=tuple(row.get("answers", ())),
            )


def write_group(target: Path, folder: Path | None = None) -> None:
    """Write a group folder in which each company is a brand, with golden questions.

    Args:
        target: the folder to make.
        folder: where the care documents lie; by default beside this module.
    """
    by_company: dict[str, list[CarePassage]] = {}
    for one in care_passages(folder):
        by_company.setdefault(one.company, []).append(one)
    target.mkdir(parents=True, exist_ok=True)
    group = {"id": "care", "name": "Care", "default_language": "en", "languages": ["en"], "brands": [*by_company]}
    _write(target / "group.yaml", group)
    for company, passages in by_company.items():
        _write_brand(target / "brands" / company, company, passages)


def _write_brand(folder: Path, company: str, passages: list[CarePassage]) -> None:
    titles = list(dict.fromkeys(one.heading.split(" > ")[0] for one in passages))
    documents = {title: f"document-{number}.md" for number, title in enumerate(titles, start=1)}
    profile = {
        "id": company,
        "name": company.capitalize(),
        "default_language": "en",
        "languages": ["en"],
        "markets": ["gb"],
        "models": [],
        "voice": {"assistant_name": "Kit", "tone": "plain", "greeting": {"en": "Hello."}},
        "theme": {"primary": "#2f4a36", "on_primary": "#ffffff", "background": "#f6f4ee", "text": "#1d241f"},
        "contacts": {
            "default": {
                "phone": "+44 1632 960000",
                "email": "care@care.example",
                "url": "https://care.example",
                "hours": "Mon-Fri 08:00-18:00",
                "timezone": "Europe/London",
            }
        },
        "publishable_keys": [f"pk_{company}_000000000000"],
        "allowed_origins": [],
    }
    _write(folder / "brand.yaml", profile)
    for title, name in documents.items():
        place = folder / "documents" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_markdown(title, passages), encoding="utf-8")
    asked = [
        {
            "id": f"{company}-{number:03}-{place}",
            "question": question,
            "document": documents[one.heading.split(" > ")[0]],
            "words": [_cited(one.answers[place] if one.answers else one.text)],
        }
        for number, one in enumerate(passages)
        for place, question in enumerate(one.questions)
    ]
    declined = [
        {"id": f"{company}-near-{number:03}-{place}", "question": question}
        for number, one in enumerate(passages)
        for place, question in enumerate(one.near)
    ]
    _write(folder / "golden_questions.yaml", {"questions": asked, "must_decline": declined, "follow_ups": []})


def _cited(text: str) -> str:
    """The beginning of an answer, as it is quoted."""
    words = " ".join(text.translate(_MARKED).split())
    return words if len(words) <= _CITED_CHARACTERS else words[:_CITED_CHARACTERS].rsplit(" ", 1)[0]


def _markdown(title: str, passages: list[CarePassage]) -> str:
    parts, before = [f"# {title}"], [title]
    for one in passages:
        path = one.heading.split(" > ")
        if path[0] != title:
            continue
        parts += [
            f"{'#' * (depth + 1)} {path[depth]}"
            for depth in range(1, len(path))
            if before[: depth + 1] != path[: depth + 1]
        ]
        before = path
        parts.append(one.text)
    return "\n\n".join(parts) + "\n"


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def main() -> None:
    """Make a group folder of the care documents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--documents", type=Path, help="folder with care documents; by default those of the project")
    wanted = parser.parse_args()
    write_group(wanted.target, wanted.documents)


if __name__ == "__main__":
    main()
