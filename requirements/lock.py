"""Write the hash locks from pyproject.toml; needs `uv` on the path.

demo.txt      what the demo and a server need: everything but sentence-transformers and its torch
postgres.txt  what a server with Postgres needs besides
dev.txt       the same, sentence-transformers and the tools of the tests; torch stays out, see `make test`
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
# Heavy, and never imported by the default configuration (docs/decisions/0001-locks.md).
NOT_IN_DEMO = ("sentence-transformers", "torch", "kubernetes", "pydeck", "gitpython")
# Asked for in pip's own way by the Makefile: which build is right depends on the machine.
NEVER_LOCKED = ("torch", "triton", "cuda-bindings", "cuda-pathfinder", "cuda-toolkit")


def main() -> None:
    """Resolve both sets and write them beside this file."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    # The build tools too, so that the project itself is installed without a resolver.
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    lean = [one for one in wanted if not one.startswith(NOT_IN_DEMO)]
    dev = [*wanted, *project["dependency-groups"]["dev"]]
    lock(dev, HERE / "dev.txt")
    lock(lean, HERE / "demo.txt", constraint=HERE / "dev.txt", without=NOT_IN_DEMO)
    postgres = project["project"]["optional-dependencies"]["postgres"]
    lock(postgres, HERE / "postgres.txt", constraint=HERE / "dev.txt")


def lock(wanted: list[str], target: Path, constraint: Path | None = None, without: tuple[str, ...] = ()) -> None:
    """Resolve requirements for Python 3.11 and later into a file with hashes.

    Args:
        wanted: requirement lines.
        target: the file to write.
        constraint: a lock whose versions are kept.
        without: packages that are left out, with all that only they need.
    """
    command = ["uv", "pip", "compile", "-", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-annotate", "--no-header", "--quiet", "--output-file", str(target)]
    command += [part for name in NEVER_LOCKED for part in ("--no-emit-package", name)]
    if constraint is not None:
        command += ["--constraint", str(constraint)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as never:
        # A marker that no machine meets takes a package out of the resolution.
        never.write("".join(f"{name}; python_version < '3'\n" for name in without))
        never.flush()
        command += ["--override", never.name]
        done = subprocess.run(command, input="\n".join(wanted), text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{target.name} could not be resolved; see above")
    kept = drop_nvidia(target.read_text(encoding="utf-8"))
    target.write_text(kept, encoding="utf-8")


def drop_nvidia(text: str) -> str:
    """Leave out the CUDA packages that only a CUDA build of torch wants."""
    kept, dropping = [], False
    for line in text.splitlines(keepends=True):
        if not line.startswith((" ", "\t")):
            dropping = line.startswith("nvidia-")
        if not dropping:
            kept.append(line)
    return "".join(kept)


if __name__ == "__main__":
    main()
