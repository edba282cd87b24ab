"""From a build.yaml to the files of a brand."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import yaml

from examples.document_builder.content import BuildError, Document, parse_markdown
from examples.document_builder.html_file import write_html
from examples.document_builder.pdf_file import write_pdf
from examples.document_builder.sheet_file import write_csv, write_xlsx
from examples.document_builder.word_file import write_docx

EXAMPLES = Path(__file__).resolve().parent.parent
SOURCES = EXAMPLES / "sources"
GROUP = EXAMPLES / "meridian"
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)

DOCUMENT_WRITERS = {".html": write_html, ".pdf": write_pdf, ".docx": write_docx}
TABLE_WRITERS = {".csv": write_csv, ".xlsx": write_xlsx}


@dataclass(frozen=True)
class Output:
    """One entry of a build.yaml."""

    template: str
    values: dict[str, Any]
    output: str
    header: str


def read_yaml(path: Path) -> Any:
    """Read a YAML file."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BuildError(f"{_name(path)} is missing") from error
    except yaml.YAMLError as error:
        raise BuildError(f"{_name(path)} is not valid YAML: {error}") from error


def read_outputs(folder: Path) -> Iterator[Output]:
    """Read the entries of the build.yaml in a source folder."""
    path = folder / "build.yaml"
    data = read_yaml(path)
    entries = data.get("outputs") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise BuildError(f"{_name(path)} needs a list named “outputs”")
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not {"template", "output"} <= entry.keys():
            raise BuildError(f"entry {number} of {_name(path)} needs “template” and “output”")
        values = _merged_values(folder, entry.get("values", {}))
        header = str(entry.get("header", ""))
        yield Output(str(entry["template"]), values, str(entry["output"]), header)


def _merged_values(folder: Path, values: Any) -> dict[str, Any]:
    """Values given as a mapping, as the name of a YAML file, or as a list of these."""
    if isinstance(values, dict):
        return values
    if isinstance(values, str):
        return _merged_values(folder, read_yaml(folder / values) or {})
    if isinstance(values, list):
        merged: dict[str, Any] = {}
        for part in values:
            merged |= _merged_values(folder, part)
        return merged
    raise BuildError("“values” must be a mapping, a file name or a list of these")


def render(folder: Path, entry: Output) -> str:
    """Fill the values of an entry into its template."""
    if not entry.template.endswith(".j2"):
        try:
            return (folder / entry.template).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise BuildError(f"the source {entry.template} is missing") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(enabled_extensions=(), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        return environment.get_template(entry.template).render(entry.values)
    except jinja2.TemplateNotFound as error:
        raise BuildError(f"the template {error.name} is missing") from error
    except jinja2.TemplateSyntaxError as error:
        raise BuildError(f"{error.name}, line {error.lineno}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise BuildError(f"{entry.template} could not be filled in: {error}") from error


def parse_document(text: str, header: str) -> Document:
    """Split a rendered Markdown text into front matter and blocks."""
    match = FRONT_MATTER.match(text)
    meta: Any = {}
    if match:
        try:
            meta = yaml.safe_load(match.group(1))
        except yaml.YAMLError as error:
            raise BuildError(f"the front matter is not valid YAML: {error}") from error
        if not isinstance(meta, dict):
            raise BuildError("the front matter must be a mapping")
    blocks = parse_markdown(text[match.end() :] if match else text)
    document = Document(text, meta, blocks, header)
    return document if header else replace(document, header=document.title)


def build_output(folder: Path, entry: Output, target: Path) -> None:
    """Write one output."""
    text = render(folder, entry)
    target.parent.mkdir(parents=True, exist_ok=True)
    suffix = target.suffix
    if suffix == ".md":
        parse_document(text, entry.header)
        target.write_text(text, encoding="utf-8", newline="\n")
    elif suffix in DOCUMENT_WRITERS:
        DOCUMENT_WRITERS[suffix](parse_document(text, entry.header), target)
    elif suffix in TABLE_WRITERS:
        TABLE_WRITERS[suffix](text, target)
    else:
        raise BuildError(f"the builder cannot write files ending in “{suffix}”")


def documents_folder(brand: str) -> Path:
    """Name the folder that receives the documents of a brand."""
    return GROUP / "brands" / brand / "documents"


def build_brand(folder: Path) -> int:
    """Build everything that a source folder lists and return how many files that made."""
    documents = documents_folder(folder.name)
    seen: set[str] = set()
    for entry in read_outputs(folder):
        target = documents / entry.output
        if not target.resolve().is_relative_to(documents.resolve()):
            raise BuildError(f"{entry.output} lies outside the documents folder")
        if entry.output in seen:
            raise BuildError(f"{entry.output} is listed twice in {_name(folder)}/build.yaml")
        seen.add(entry.output)
        try:
            build_output(folder, entry, target)
        except BuildError as error:
            raise BuildError(f"{folder.name}, {entry.output}: {error}") from error
    return len(seen)


def source_folders(brand: str | None) -> list[Path]:
    """List the source folders to build: one brand's or all."""
    if brand is not None:
        if not (SOURCES / brand / "build.yaml").is_file():
            raise BuildError(f"there is no examples/sources/{brand}/build.yaml")
        return [SOURCES / brand]
    return sorted(path.parent for path in SOURCES.glob("*/build.yaml"))


def _name(path: Path) -> str:
    return path.relative_to(EXAMPLES.parent).as_posix()


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the documents of one brand or of all and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("brand", nargs="?", help="a folder in examples/sources; all when absent")
    options = parser.parse_args(arguments)
    try:
        for folder in source_folders(options.brand):
            sys.stdout.write(f"{folder.name}: {build_brand(folder)} documents\n")
    except (BuildError, OSError) as error:
        sys.stderr.write(f"Could not build the documents: {error}\n")
        return 1
    return 0
