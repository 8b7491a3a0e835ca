"""The documentation has no dead link and names no file, module or name in one that is not there.

Every page at the top and below docs/ is read. In backticks, these count: a path (`service/app.py`, `claims.py`,
`providers/local/`), a name in one (`service/app.py:create_app`), a dotted module (`service.config`) and a constant
(`claims.CLAIM`).
"""

import re
from functools import cache
from pathlib import Path

import pytest

from lab.harness.processes import ROOT

FOLDERS = ((ROOT, "*.md"), (ROOT / "docs", "**/*.md"), (ROOT / "tests", "*.md"))
PAGES = sorted(str(path.relative_to(ROOT)) for folder, glob in FOLDERS for path in folder.glob(glob))
NAMING = [page for page in PAGES if page != "CHANGELOG.md"]
"""The changelog names what was there at its time."""
ELSEWHERE = {"shout.py", "test_shout.py"}
"""Files that a page tells its reader to make."""
KEPT = ("service", "tests", "lab", "docs", "deploy", "examples", ".github", ".ci")

LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"(?:[\w.-]+/)*[\w-]+\.(?:py|md|toml|ya?ml|sh|txt)|(?:[\w.-]+/)+")
NAMED = re.compile(r"((?:[\w.-]+/)*[\w-]+\.py):([A-Za-z_][\w.]*)")
DOTTED = re.compile(r"(?:service|lab|tests)(?:\.\w+)+")
CONSTANT = re.compile(r"(\w+)\.([A-Z][A-Z_]+)")


def prose(page: str) -> str:
    return FENCE.sub("", (ROOT / page).read_text())


@cache
def files() -> tuple[str, ...]:
    """Every file of the repository, by its path; folders end with a slash."""
    kept = [path for name in KEPT for path in (ROOT / name).rglob("*")] + list(ROOT.glob("*"))
    return tuple(
        f"/{path.relative_to(ROOT)}{'/' if path.is_dir() else ''}" for path in kept if "__pycache__" not in path.parts
    )


def is_file(path: str) -> bool:
    """From the root, or the end of one file's path: pages name the modules that they are about by these."""
    return any(one.endswith(f"/{path.removeprefix('/')}") for one in files())


def has_name(path: str, name: str) -> bool:
    """Is `name`, or `Class.method`, defined in a file that `path` names, or handed on by it?"""
    matching = [ROOT / one.lstrip("/") for one in files() if one.endswith(f"/{path}")]
    first, *rest = name.split(".")
    return any(
        re.search(
            rf"^(?:async )?(?:def|class) {first}\b|^{first}\b.* = |^{first}: |^from .* import .*\b{first}\b",
            text,
            re.MULTILINE,
        )
        and all(re.search(rf"^\s+def {inner}\b", text, re.MULTILINE) for inner in rest)
        for text in (one.read_text() for one in matching)
    )


def is_module(dotted: str) -> bool:
    """A module, or a name in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length])
        for name in (f"{path}.py", f"{path}/__init__.py"):
            if (ROOT / name).is_file():
                return length == len(parts) or has_name(name, ".".join(parts[length:]))
    return False


def anchors(page: Path) -> set[str]:
    """Those that GitHub gives the headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE):
        text = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        found.add(text if text not in found else f"{text}-1")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    dead = []
    for link in LINK.findall(prose(page)):
        target, _, anchor = link.partition("#")
        if re.match(r"\w+:", target):
            continue
        path = (ROOT / page).parent / target if target else ROOT / page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("page", NAMING)
def test_every_name_of_code_is_there(page: str) -> None:
    missing = []
    for code in CODE.findall(prose(page)):
        if PATH.fullmatch(code) and code.count("/") + code.count(".") > 0:
            there = is_file(code) or code in ELSEWHERE or code.partition("/")[0] not in (*KEPT, code)
        elif named := NAMED.fullmatch(code):
            there = has_name(named[1], named[2])
        elif DOTTED.fullmatch(code):
            there = is_module(code)
        elif (constant := CONSTANT.fullmatch(code)) and is_file(f"{constant[1]}.py"):
            there = has_name(f"{constant[1]}.py", constant[2])
        else:
            continue
        if not there:
            missing.append(code)
    assert not missing
