"""Run notebooks by nbclient, and say in JSON which cells failed, and with what words."""

from __future__ import annotations

import json
import sys

import nbformat
from nbclient import NotebookClient

found = []
for path in sys.argv[1:]:
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    client = NotebookClient(notebook, kernel_name="simpsh", timeout=100, allow_errors=True)
    client.execute()
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    found.append(
        {
            "cells": len(notebook.cells),
            "errors": [one["evalue"] for one in outputs if one["output_type"] == "error"],
            "text": "".join(one.get("text", "") for one in outputs),
        }
    )
print(json.dumps(found))
