"""`new`: write a pipeline that works, its test and its settings, as a start for one's own."""

import argparse
import keyword
import sys
from importlib import resources
from pathlib import Path
from string import Template

from service.cli.options import Command, Option
from service.cli.terminal import NO_ANSWER, OK, CommandFailed, print_line, program, shell_word

FILES = {
    "pipeline.py.txt": "$name.py",
    "test.py.txt": "test_$name.py",
    "env.txt": ".env",
    "gitignore.txt": ".gitignore",
}


def new(options: argparse.Namespace) -> int:
    """Write the files into a new folder of that name, and say what to type next."""
    name = options.name.replace("-", "_")
    _check(name)
    folder = Path(options.name)
    try:
        folder.mkdir()
        folder.chmod(0o755)  # code is for everybody, as in an image
    except FileExistsError:
        raise CommandFailed(f"{folder} is there already; choose another name.", exit_code=NO_ANSWER) from None
    templates = resources.files("service.cli") / "template"
    for template, file in FILES.items():
        text = Template((templates / template).read_text(encoding="utf-8")).substitute(name=name)
        path = folder / Template(file).substitute(name=name)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
    steps = (
        (f"cd {shell_word(str(folder))}", ""),
        ("python -m pytest", "its test: also that it can be killed anywhere"),
        (f"{program()} dev --reload", "runs it; then, in another terminal, in the same folder:"),
        (f'{program()} submit --watch "hello there"', ""),
    )
    print_line(f"Wrote {folder}/{name}.py, its test and its settings (.env). Now:\n")
    for step, why in steps:
        print_line(f"    {step:<34}# {why}" if why else f"    {step}")
    return OK


def _check(name: str) -> None:
    """It will be a module's name, and must not hide one that is there."""
    if not name.isidentifier() or keyword.iskeyword(name):
        sentence = f"{name!r} cannot be a module's name: use letters, digits and underscores."
        raise CommandFailed(sentence, exit_code=NO_ANSWER)
    if name in sys.stdlib_module_names or name in ("service", "film", "drill", "test"):
        raise CommandFailed(f"{name} is the name of another module; choose another.", exit_code=NO_ANSWER)


COMMAND = Command(
    "new",
    new,
    "write a pipeline of your own, its test and its settings",
    (Option("name", metavar="NAME", help="its name, and the folder's"),),
)
