"""Documents whose every passage tells which state of the brand it belongs to, and the check that a state is whole."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from brands import Scope
from knowledge_base.bootstrap import KnowledgeBase, build_knowledge_base
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.fake_embedder import FakeEmbedder
from knowledge_base.passage import Passage
from knowledge_base.release import DocumentRecord, Manifest
from knowledge_base.settings import KnowledgeBaseSettings

BRAND = "alder"
DOCUMENTS = 4
SECTIONS = 3
RETAINED = 4
Index = Literal["clusters", "chroma"]

_MARKER = re.compile(r"\bG(\d+)-D(\d+)-S(\d+)\b")
_EVERY = frozenset((document, section) for document in range(DOCUMENTS) for section in range(SECTIONS))
# Holds nothing but a secret of its generation, so that an erasure takes one whole passage.
SECRET_PLACE = (DOCUMENTS, 0)

GROUP_YAML = "id: orchard\nname: Orchard\nlanguages: [en]\nbrands: [alder]\n"
BRAND_YAML = """\
id: alder
name: Alder
default_language: en
languages: [en]
voice: {assistant_name: Al, greeting: {en: "Hello."}}
contacts:
  default: {phone: "+44 1632 960001", email: care@alder.example, url: "https://alder.example", hours: "Mon-Fri"}
"""


def write_group(folder: Path) -> Path:
    """Write a group of one brand without documents, and return its folder."""
    (folder / "brands" / BRAND / "documents").mkdir(parents=True)
    (folder / "group.yaml").write_text(GROUP_YAML, encoding="utf-8")
    (folder / "brands" / BRAND / "brand.yaml").write_text(BRAND_YAML, encoding="utf-8")
    return folder


def write_generation(group: Path, generation: int) -> None:
    """Have every document of the brand say another generation."""
    documents = group / "brands" / BRAND / "documents"
    for document in range(DOCUMENTS):
        sections = [
            f"## Section {section}\n\nMarker G{generation}-D{document}-S{section}. {_words(document, section)}\n"
            for section in range(SECTIONS)
        ]
        (documents / f"manual{document}.md").write_text(f"# Manual {document}\n\n" + "\n".join(sections))
    (documents / "letters.md").write_text(
        f"# Letters\n\n## Letter\n\nMarker G{generation}-D{SECRET_PLACE[0]}-S{SECRET_PLACE[1]}. {secret(generation)}\n"
    )


def secret(generation: int) -> str:
    """What only one passage of a generation says."""
    return f"jane.doe{generation}@orchard{generation}.example wrote"


def make_generation(generation: int, more: int = 0) -> list[Passage]:
    """The passages of a generation, without documents.

    Args:
        generation: its number.
        more: so many passages more, with the same marker of the generation.
    """
    places = [*sorted(_EVERY), SECRET_PLACE]
    passages = [
        Passage(
            document_id="letters.md" if (document, section) == SECRET_PLACE else f"manual{document}.md",
            title=f"Manual {document}",
            heading_path=(f"Section {section}",),
            text=f"Marker G{generation}-D{document}-S{section}. "
            + (secret(generation) if (document, section) == SECRET_PLACE else _words(document, section)),
            kind="text",
            scope=Scope("en"),
            position=section,
        )
        for document, section in places
    ]
    return passages + [
        Passage(f"more{one}.md", "More", (), f"Marker G{generation}. more {one}", "text", Scope("en"), one)
        for one in range(more)
    ]


def open_knowledge_base(data_folder: Path, index: Index = "clusters", retained: int = RETAINED) -> KnowledgeBase:
    """A knowledge base with a quick embedder and few retained releases, which have an index like great ones."""
    settings = KnowledgeBaseSettings(
        retained_releases=retained, exact_search_limit_passages=1, large_release_index=index
    )
    return build_knowledge_base(data_folder, settings, embedder=FakeEmbedder(64))


def build_generation(knowledge_base: KnowledgeBase, generation: int, *, publish: bool = True) -> Manifest:
    """Build the release of a generation without reading documents."""
    passages = make_generation(generation)
    manifest = knowledge_base.releases.build(
        BRAND,
        passages,
        knowledge_base.embedding_cache.embed([one.embedded_text for one in passages]).vectors,
        documents=[
            DocumentRecord(one, one, "0" * 64, 1, "en", one) for one in sorted({p.document_id for p in passages})
        ],
        failures={},
        created_by=f"generation {generation}",
        embedder_fingerprint=knowledge_base.embedder.fingerprint,
    )
    if publish:
        knowledge_base.releases.publish(BRAND, manifest.release_id, published_by="faults")
    return manifest


def generation_of(passages: Iterable[Passage]) -> tuple[int | None, str | None]:
    """Which generation passages belong to, and what is wrong with them.

    Args:
        passages: of one release.

    Returns:
        The generation, and None or the complaint: passages lost, twice or of several generations. That the secret is
        missing is no complaint; `has_secret` tells it.
    """
    markers = [tuple(map(int, found)) for one in passages for found in _MARKER.findall(one.text)]
    generations = {marker[0] for marker in markers}
    if len(generations) != 1:
        return None, f"generations {sorted(generations)} are mixed" if generations else "no passage is left"
    counts = Counter((document, section) for _, document, section in markers)
    lost = _EVERY - counts.keys()
    twice = [place for place, count in counts.items() if count > 1]
    strange = counts.keys() - _EVERY - {SECRET_PLACE}
    wrong = [told for told, places in (("lost", lost), ("twice", twice), ("strange", strange)) if places]
    generation = generations.pop()
    return generation, f"generation {generation}: {', '.join(wrong)}" if wrong else None


def has_secret(passages: Iterable[Passage]) -> bool:
    """Whether the passage with the secret is there."""
    end = f"-D{SECRET_PLACE[0]}-S{SECRET_PLACE[1]}."
    return any(end in one.text for one in passages)


def complaints_of(
    knowledge_base: KnowledgeBase, erased: set[int], perhaps_erased: set[int], allowed_live: set[str | None]
) -> list[str]:
    """What is wrong with all that is kept of the brand.

    Args:
        knowledge_base: opened freshly.
        erased: generations whose secret must be nowhere.
        perhaps_erased: generations whose secret may or may not be there.
        allowed_live: releases that may be live, by their moment; None where nothing may be.
    """
    found = []
    releases = knowledge_base.releases
    pointer = releases.pointer(BRAND)
    moment = pointer.partition("-")[0] if pointer else None
    if moment not in {one.partition("-")[0] if one else None for one in allowed_live}:
        found.append(f"{pointer} is live, allowed was one of {sorted(map(str, allowed_live))}")
    for release_id in releases.kept_ids(BRAND):
        try:
            releases.check(BRAND, release_id)
            passages = list(releases.passages_of(BRAND, release_id))
        except KnowledgeBaseError as error:
            found.append(f"kept release {release_id}: {error}")
            continue
        generation, complaint = generation_of(passages)
        if complaint:
            found.append(f"kept release {release_id}: {complaint}")
        elif generation in erased and has_secret(passages):
            found.append(f"kept release {release_id}: the secret of generation {generation} is back")
        elif generation not in erased | perhaps_erased and not has_secret(passages):
            found.append(f"kept release {release_id}: the secret of generation {generation} is lost")
    if pointer is not None:
        opened = releases.open_live(BRAND)
        if opened.notice:
            found.append(f"the live release is not served: {opened.notice}")
    return found


def _words(document: int, section: int) -> str:
    return f"Part {document * SECTIONS + section} of the vehicle is checked every {5 + section} months at the workshop."
