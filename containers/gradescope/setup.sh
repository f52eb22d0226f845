#!/usr/bin/env bash
# Prepares the autograder's image, once: Python, a C compiler, simpsh in an environment of its own.
#
# Beside this file lies simpsh itself: a wheel (simpsh-*.whl) or its source (simpsh/ with its
# pyproject.toml). AUTOGRADER_ROOT and AUTOGRADER_PACKAGES are for trying it elsewhere.
set -euo pipefail

root="${AUTOGRADER_ROOT:-/autograder}"
packages="${AUTOGRADER_PACKAGES-python3 python3-venv gcc libc6-dev make dash}"
python="${AUTOGRADER_PYTHON:-python3}"

if [ -n "$packages" ]; then
    apt-get update
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "simpsh needs Python 3.11 or later: choose a base image that has it (Ubuntu 24.04)" >&2
    exit 1
fi

"$python" -m venv "$root/environment"
found=("$root"/source/simpsh-*.whl)
if [ ! -e "${found[0]}" ]; then
    found=("$root/source/simpsh")
fi
"$root/environment/bin/python" -m pip install --quiet "${found[0]}"

# Grading needs no model solutions; what is not there, nobody reads.
place="$(cd / && "$root/environment/bin/python" -c 'from simpsh.course.lesson.lesson_library import COURSE; print(COURSE)')"
rm -rf "$place"/*/exercises/*/{__pycache__,solution.*}
