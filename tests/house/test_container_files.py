"""The files for containers and laptops agree with each other and permit no more than documented.

A CI job that is started by hand builds each image and starts it.
"""

import json
import re
import subprocess
import sys

import pytest
import yaml

from simpsh.process.machine_permits import missing
from tests.house.source_tree import ROOT
from tests.spec.documents import shown_in
from tests.support.untraceable import refusing

CONTAINERFILE = (ROOT / "containers/Containerfile").read_text()


def stage(name: str) -> str:
    """Return the instructions of one stage of the Containerfile."""
    [found] = re.findall(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM|\Z)", CONTAINERFILE, re.M | re.S)
    return found


def test_students_are_not_root():
    assert "useradd --create-home --uid 1000 student" in stage("programs")
    for name in ("student", "notebook", "developer"):
        assert re.findall("^USER (.*)", stage(name), re.M)[-1] == "student"


def test_the_hub_starts_the_notebook_image_and_limits_each_user():
    class Config(dict):
        def __getattr__(self, name):
            return self.setdefault(name, Config())

        __setattr__ = dict.__setitem__

    config = Config()
    hub = (ROOT / "containers/jupyterhub_config.py").read_text()
    exec(hub, {"get_config": lambda: config})
    spawner = config.DockerSpawner
    assert spawner["image"] == "simpsh-notebook"
    [mounted] = spawner["volumes"].values()
    assert mounted == spawner["notebook_dir"]
    assert f"WORKDIR {mounted}\n" in stage("notebook")
    assert {"mem_limit", "cpu_limit"} <= {*spawner}
    assert spawner["extra_host_config"] == {
        "pids_limit": 256,
        "cap_drop": ["ALL"],
        "cap_add": ["SYS_PTRACE"],
        "security_opt": ["no-new-privileges"],
        "init": True,
    }


def test_the_dev_container_builds_a_stage_and_runs_a_make_target():
    found = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert stage(found["build"]["target"])
    assert found["remoteUser"] == "student"
    [target] = re.findall(r"make (\S+)", found["postCreateCommand"])
    assert f"\n{target}:" in (ROOT / "Makefile").read_text()


def test_the_lima_machine_installs_the_same_as_the_document_for_wsl():
    lima = yaml.safe_load((ROOT / "containers/lima.yaml").read_text())
    [wsl] = shown_in("how-to/install.md", "sh wsl")
    as_root, as_user = (step["script"] for step in lima["provision"])
    packages = re.compile(r"--no-install-recommends \\\s+(.*)")
    assert packages.findall(as_root) == packages.findall(wsl) != []
    lines = [line for line in as_user.splitlines() if "simpsh" in line or "pipx" in line]
    assert "\n".join(lines) in wsl


REFUSED = "from simpsh.process.machine_permits import all_refused; print(*all_refused())"


@pytest.mark.parametrize(("profile", "has_kcmp"), [("docker", False), ("docker-sys-ptrace", True)])
def test_the_container_profile_refuses_namespaces_and_permits_ptrace(profile, has_kcmp):
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
