"""A shell and a file system made of dicts, for expansion to ask."""

from __future__ import annotations

from simpsh.shell.language.tree_printing import to_text


class World:
    """What expansion may ask, answered from what a test gave.

    Args:
        variables: Values by name, special parameters too.
        positional: `$1` and so on.
        files: Paths that exist, directories with a slash behind them.
        outputs: What commands print, by their text.
        homes: Home directories by user.
    """

    def __init__(self, variables=None, positional=(), files=(), outputs=None, homes=None):
        self.variables = dict(variables or {})
        self.positional = list(positional)
        self.files = files
        self.outputs = dict(outputs or {})
        self.homes = dict(homes or {})
        self.is_nounset = False
        self.is_noglob = False
        self.ran = []

    def parameter(self, name):
        if name == "#":
            return str(len(self.positional))
        if name.isdigit() and name != "0":
            index = int(name) - 1
            return self.positional[index] if index < len(self.positional) else None
        return self.variables.get(name)

    def assign(self, name, value):
        self.variables[name] = value

    def substitute(self, body):
        text = to_text(body)
        self.ran.append(text)
        return self.outputs[text]

    def home(self, user):
        return self.homes.get(user)

    def entries(self, directory):
        names = set()
        for path in self.files:
            if path.startswith(directory):
                names.add(path[len(directory) :].partition("/")[0])
        return names - {""}

    def exists(self, path):
        path = path.replace("//", "/")
        return path in self.files or path + "/" in self.files
