"""`python -m tests.support.machines.recipes`: follow the recipes for containers and laptops.

Each recipe is read where its reader reads it (recipe_files.py) and done in a bare root file system
(bare_root.py): the Containerfile's stages one after the other, the command of devcontainer.json,
the scripts of lima.yaml, the lines for WSL. Then what was made is tried. What this cannot show: the
engines themselves (Docker, Podman, Lima, WSL, VS Code) and the images that they begin with.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.grade.two_children import RIGHT
from tests.support.machines import recipe_files
from tests.support.machines.bare_root import PATH, BareRoot
from tests.support.machines.recipe_files import Stage
from tests.support.shells import PROJECT

# What `python:3.12-slim` has that simpsh's recipe relies on. Its Python is Debian's here.
_SLIM = """
apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv
ln -s /usr/bin/python3 /usr/local/bin/python
echo 'path-exclude /usr/share/man/*' >/etc/dpkg/dpkg.cfg.d/docker
"""
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".venv", ".git", "node_modules", "build", "dist")

CELL = """
import sys
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="simpsh")
shown = []
def hook(message):
    content = message["content"]
    shown.append(content.get("text", "") + content.get("data", {}).get("text/html", ""))
client.execute_interactive("echo a b | wc -w", timeout=60, output_hook=hook)
client.stop_channels()
manager.shutdown_kernel()
whole = "".join(shown)
print("2\\n" in whole and "<svg" in whole or whole)
"""


class Failed(Exception):
    """A recipe does not do what it says; the text is what was printed."""


class Kitchen:
    """The roots for recipes by name, made on demand."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._roots: dict[str, BareRoot] = {}
        self._stages = recipe_files.stages()
        self._wheel = ""

    def debian(self, name: str) -> BareRoot:
        """Return a small Debian for one recipe, with an ordinary user who may use sudo."""
        if "debian" not in self._roots:
            self._roots["debian"] = BareRoot.debian(self._place / "debian", "sudo")
        root = self._roots["debian"].copy(self._place / name)
        sh(root, "useradd --create-home --shell /bin/bash student")
        root.inside("/etc/sudoers.d/student").write_text("student ALL=(ALL) NOPASSWD: ALL\n")
        return root

    def image(self, name: str) -> tuple[BareRoot, dict[str, str]]:
        """Return a stage of the Containerfile, and the environment that it gives."""
        if name not in self._stages:
            if name not in self._roots:
                root = self._roots[name] = BareRoot.debian(self._place / name.replace(":", "-"))
                sh(root, _SLIM)
            return self._roots[name], {"PATH": PATH}
        stage = self._stages[name]
        below, environment = self.image(stage.base)
        if name not in self._roots:
            self._roots[name] = self._build(stage, below, environment)
        for word, rest in stage.steps:
            if word == "ENV":
                environment |= _setting(rest, environment)
        return self._roots[name], environment

    def _build(self, stage: Stage, below: BareRoot, environment: dict[str, str]) -> BareRoot:
        root = below.copy(self._place / stage.name)
        environment = dict(environment)
        user, directory = self.user_and_directory(stage.base)
        for word, rest in stage.steps:
            print(f"    {word} {rest[:90]}", flush=True)
            if word == "RUN":
                sh(root, rest, user=user, directory=directory, environment=environment)
            elif word == "COPY":
                self._copy(root, rest, directory)
            elif word == "ENV":
                environment |= _setting(rest, environment)
            elif word == "USER":
                user = rest
            elif word == "WORKDIR":
                directory = rest
                root.inside(directory).mkdir(parents=True, exist_ok=True)
        return root

    def user_and_directory(self, name: str) -> tuple[str, str]:
        """Return as which user and where an image's program starts."""
        if name not in self._stages:
            return "root", "/"
        stage = self._stages[name]
        user, directory = self.user_and_directory(stage.base)
        return stage.last("USER") or user, stage.last("WORKDIR") or directory

    def _copy(self, root: BareRoot, rest: str, directory: str) -> None:
        words = rest.split()
        source = Path(PROJECT)
        if words[0].startswith("--from="):
            source = self.image(words.pop(0).removeprefix("--from="))[0].place
        target = root.inside(os.path.join(directory, words[-1]))
        for name in words[:-1]:
            found = source / name.lstrip("/")
            if found.is_dir():
                shutil.copytree(found, target, symlinks=True, ignore=_LEFT_OUT, dirs_exist_ok=True)
            else:
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, target)

    def pip_knows_simpsh(self, root: BareRoot) -> dict[str, str]:
        """Give a root this project's wheel as the one release of simpsh; return the environment."""
        if not self._wheel:
            made = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "-w", self._place]
            subprocess.run([*made, PROJECT], check=True)
            [wheel] = self._place.glob("simpsh-*.whl")
            self._wheel = wheel.name
        shutil.copy(self._place / self._wheel, root.inside("/opt"))
        root.inside("/opt/release").write_text(f"simpsh @ file:///opt/{self._wheel}\n")
        return {"PIP_CONSTRAINT": "/opt/release", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def _setting(rest: str, environment: dict[str, str]) -> dict[str, str]:
    name, _, value = rest.partition("=")
    return {name: shlex.split(value)[0].replace("$PATH", environment["PATH"])}


def sh(root: BareRoot, script: str, **how) -> str:
    """Run a script of sh; return what it printed.

    Raises:
        Failed: its status is not 0.
    """
    done = root.run(["sh", "-ec", script], **how)
    if done.returncode:
        raise Failed(f"{script.strip()}\nstatus {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def expect(found: str, wanted: str) -> None:
    """Raise Failed if a text is not in what was printed."""
    if wanted not in found:
        raise Failed(f"“{wanted}” is not in:\n{found[-3000:]}")


def student(kitchen: Kitchen) -> None:
    """The student's image: a shell, manual pages, no solutions; it judges nothing."""
    root, environment = kitchen.image("student")
    user, directory = kitchen.user_and_directory("student")
    how = {"user": user, "directory": directory, "environment": environment}
    expect(sh(root, "simpsh -c 'echo a b | wc -w; id -un'", **how), "2\nstudent\n")
    expect(sh(root, "man 2 fork | cat", **how), "create a child process")
    expect(sh(root, "find / -name 'solution.*' -path '*lessons*' | wc -l", **how), "0\n")
    _permitted(root, how)


def _permitted(root: BareRoot, how: dict) -> None:
    """Say what the default profile of containers permits, with and without SYS_PTRACE."""
    for profile in ("docker", "docker-sys-ptrace"):
        report = sh(root, f"simpsh doctor --deny {profile} || [ $? = 1 ]", **how)
        lacking = [name.strip() for name in re.findall("^  ✗ (.{13})", report, re.MULTILINE)]
        touched = re.findall(r"^  ([\w-]+): ", report, re.MULTILINE)
        print(f"    profile {profile}: lacks {', '.join(lacking)}")
        print(f"    steps are lost in {len(touched)}: {', '.join(sorted(touched))}")
        if "ptrace" in lacking or ("kcmp" in lacking) != (profile == "docker"):
            raise Failed("it is not as docs/how-to/jupyterhub.md says")
    script = Path(__file__).with_name("container_profile.py")
    shutil.copy(script, root.inside("/opt/container_profile.py"))
    held = "/opt/simpsh/bin/python /opt/container_profile.py docker"
    expect(sh(root, f"{held} simpsh lesson check rule-1-both-continue", **how), " 0 failed")


def grader(kitchen: Kitchen) -> None:
    """The grader's image: a right submission gets all points."""
    root, environment = kitchen.image("grader")
    user, directory = kitchen.user_and_directory("grader")
    submission = root.inside(f"{directory}/submissions/ana/two-children.py")
    submission.parent.mkdir(parents=True)
    submission.write_text(RIGHT)
    words = [*json.loads(kitchen._stages["grader"].last("ENTRYPOINT"))]
    words += ["--exercise", "two-children", "-o", "results", "submissions"]
    print(sh(root, shlex.join(words), user=user, directory=directory, environment=environment))


def notebook(kitchen: Kitchen) -> None:
    """The hub's image: its command exists; a cell runs under the default profile."""
    root, environment = kitchen.image("notebook")
    user, directory = kitchen.user_and_directory("notebook")
    how = {"user": user, "directory": directory, "environment": environment}
    [command] = json.loads(kitchen._stages["notebook"].last("CMD"))
    print(f"    {command} {sh(root, f'{command} --version', **how).strip()}")
    expect(sh(root, "jupyter kernelspec list", **how), "/usr/local/share/jupyter/kernels/simpsh")
    profile = Path(__file__).with_name("container_profile.py")
    shutil.copy(profile, root.inside("/opt/container_profile.py"))
    held = "/opt/simpsh/bin/python /opt/container_profile.py docker /opt/simpsh/bin/python -"
    expect(sh(root, held, text=CELL, **how), "True\n")
    expect(sh(root, "find / -name 'solution.*' -path '*lessons*' | wc -l", **how), "0\n")


def devcontainer(kitchen: Kitchen) -> None:
    """The dev container: its command prepares a copy of the project, and a test passes."""
    described = recipe_files.devcontainer()
    name = described["build"]["target"]
    _, environment = kitchen.image(name)
    user = described["remoteUser"]
    directory = f"/home/{user}/simpsh"
    root = kitchen.image(name)[0]
    shutil.copytree(PROJECT, root.inside(directory), symlinks=True, ignore=_LEFT_OUT)
    sh(root, f"chown -R {user}: {directory}")
    how = {"user": user, "directory": directory, "environment": environment}
    sh(root, described["postCreateCommand"], **how)
    expect(sh(root, ".venv/bin/python -m pytest -q tests/base", **how), " passed")


def lima(kitchen: Kitchen) -> None:
    """The machine for a Mac: its scripts, twice, as at each start; then what its probe asks."""
    described = recipe_files.lima()
    root = kitchen.debian("lima")
    pip = kitchen.pip_knows_simpsh(root)
    for _ in range(2):
        for step in described["provision"]:
            user = "root" if step["mode"] == "system" else "student"
            sh(root, step["script"], user=user, environment=pip)
    _is_installed(root, described["probes"][0]["script"])


def windows(kitchen: Kitchen) -> None:
    """The lines for WSL 2, typed by an ordinary user who may use sudo."""
    root = kitchen.debian("windows")
    pip = kitchen.pip_knows_simpsh(root)
    script = recipe_files.windows_steps()
    home = "/home/student"
    print(sh(root, script, user="student", directory=home, environment=pip, may_sudo=True)[-300:])
    _is_installed(root, "~/.local/bin/simpsh -c true")


def _is_installed(root: BareRoot, probe: str) -> None:
    how = {"user": "student", "directory": "/home/student"}
    sh(root, probe, **how)
    # As at a login: the profile finds ~/.local/bin.
    script = "simpsh doctor; jupyter-lab --version; ls .local/share/jupyter/kernels"
    found = sh(root, f"bash -lc {shlex.quote(script)}", **how)
    expect(found, "show")
    expect(found, "\nsimpsh\n")


RECIPES: dict[str, Callable[[Kitchen], None]] = {
    recipe.__name__: recipe for recipe in (student, grader, notebook, devcontainer, lima, windows)
}


def main() -> int:
    """Follow the recipes that are named, or all; say of each whether it holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.machines.recipes")
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help=", ".join(RECIPES))
    named = parser.parse_args().recipes or list(RECIPES)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="simpsh-recipes-") as place:
        os.chmod(place, 0o755)
        kitchen = Kitchen(Path(place))
        for name in named:
            print(f"{name}: {(RECIPES[name].__doc__ or '').strip()}", flush=True)
            begin = time.monotonic()
            try:
                RECIPES[name](kitchen)
                print(f"  ✓ {name}, {time.monotonic() - begin:.0f} s", flush=True)
            except (Failed, subprocess.SubprocessError) as problem:
                print(f"  ✗ {name}: {problem}", flush=True)
                failed += 1
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
