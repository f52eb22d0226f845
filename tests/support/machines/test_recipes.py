"""The recipes for containers and laptops can be read, fit each other, and permit no more than said.

`make test-recipes` follows them, which takes minutes and needs root.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh.process.machine_permits import missing
from tests.support.machines import recipe_files
from tests.support.shells import PROJECT
from tests.support.untraceable import refusing

INSTRUCTIONS = {"RUN", "WORKDIR", "COPY", "USER", "ENTRYPOINT", "ENV", "CMD"}


def assert_a_shell_can_read(script):
    done = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
    assert done.stderr == ""


def test_the_containerfile_copies_what_there_is_and_runs_what_a_shell_can_read():
    stages = recipe_files.stages()
    assert [*stages] == [
        *("built", "built-notebook", "programs", "base"),
        *("student", "grader", "notebook", "developer"),
    ]
    for place, stage in enumerate(stages.values()):
        assert stage.base in ["python:3.12-slim", *[*stages][:place]]
        assert {word for word, _ in stage.steps} <= INSTRUCTIONS
        for word, rest in stage.steps:
            if word == "COPY" and not rest.startswith("--from="):
                assert [n for n in rest.split()[:-1] if not Path(PROJECT, n).exists()] == []
            if word == "COPY" and rest.startswith("--from="):
                assert rest.removeprefix("--from=").split()[0] in [*stages][:place]
            if word in ("ENTRYPOINT", "CMD"):
                assert json.loads(rest)[0] in ("simpsh", "jupyterhub-singleuser")
            if word == "RUN":
                assert_a_shell_can_read(rest)


def test_students_are_no_root():
    stages = recipe_files.stages()
    assert "useradd --create-home --uid 1000 student" in stages["programs"].last("RUN")
    for name in ("student", "notebook", "developer"):
        assert stages[name].last("USER") == "student"


def test_the_hub_starts_what_the_image_is_and_gives_each_user_limits():
    class Config(dict):
        def __getattr__(self, name):
            return self.setdefault(name, Config())

        __setattr__ = dict.__setitem__

    config = Config()
    exec(recipe_files.HUB.read_text(), {"get_config": lambda: config})
    spawner = config.DockerSpawner
    assert spawner["image"] == "simpsh-notebook"
    [place] = spawner["volumes"].values()
    assert place == spawner["notebook_dir"] == recipe_files.stages()["notebook"].last("WORKDIR")
    assert {"mem_limit", "cpu_limit"} <= {*spawner}
    host = spawner["extra_host_config"]
    assert host["pids_limit"] == 256
    assert (host["cap_drop"], host["cap_add"]) == (["ALL"], ["SYS_PTRACE"])
    assert host["security_opt"] == ["no-new-privileges"]
    assert "privileged" not in host


def test_the_dev_container_builds_a_stage_and_its_command_can_be_read():
    found = recipe_files.devcontainer()
    folder = recipe_files.DEVCONTAINER.parent
    assert (folder / found["build"]["dockerfile"]).resolve() == recipe_files.CONTAINERFILE
    assert (folder / found["build"]["context"]).resolve() == Path(PROJECT)
    assert found["build"]["target"] in recipe_files.stages()
    assert found["remoteUser"] == "student"
    assert "privileged" not in json.dumps(found)
    assert_a_shell_can_read(found["postCreateCommand"])
    makefile = Path(PROJECT, "Makefile").read_text()
    for target in re.findall(r"make (\S+)", found["postCreateCommand"]):
        assert f"\n{target}:" in makefile


def test_the_machine_for_a_mac_can_be_read_and_has_what_windows_gets():
    found = recipe_files.lima()
    assert found["base"] == "template:debian-13"
    assert [step["mode"] for step in found["provision"]] == ["system", "user"]
    scripts = [one["script"] for one in (*found["provision"], *found["probes"])]
    for script in (*scripts, recipe_files.windows_steps()):
        assert_a_shell_can_read(script)
    wanted = re.compile(r"--no-install-recommends \\\s+(.*)")
    assert wanted.findall(scripts[0]) == wanted.findall(recipe_files.windows_steps())
    lines = [line for line in scripts[1].splitlines() if "simpsh" in line or "pipx" in line]
    assert "\n".join(lines) in recipe_files.windows_steps()


REFUSED = "from simpsh.process.machine_permits import all_refused; print(*all_refused())"


@pytest.mark.parametrize(("profile", "has_kcmp"), [("docker", False), ("docker-sys-ptrace", True)])
def test_the_profile_refuses_namespaces_and_lets_ptrace_through(profile, has_kcmp):
    held = [*refusing(profile), sys.executable]
    done = subprocess.run([*held, "-c", REFUSED], capture_output=True, text=True, check=True)
    names = {*done.stdout.split()}
    assert {"unshare", "clone3", "personality"} <= names
    assert ("kcmp" not in names) is has_kcmp
    if missing("ptrace"):
        pytest.skip("no process may be traced here")
    traced = [*held, "-m", "simpsh", "trace", "true"]
    done = subprocess.run(traced, capture_output=True, text=True, check=False)
    assert "P0 exits with status 0" in done.stdout + done.stderr
