"""The commands that the program hands to an administrator, read by the real Azure command line.

Takes the commands that `asw rights --script az` prints for an app of a lab, and has the Azure command line parse each of them with
its own rules; nothing is sent. Then hands them, and the template of `--script arm`, to Azure's command line signed in to the lab
as an owner, and makes a connection with history with the app that could not before.

    python3 -m venv az && az/bin/pip install -r tests/az/requirements.txt
    az/bin/python tests/az/check.py target/debug/asw
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile


class Parsed(Exception):
    """Thrown where the command line would begin to work."""


def parse(words: list[str]) -> object:
    """What the Azure command line understands; nothing is sent."""
    from azure.cli.core import get_default_cli
    from azure.cli.core.commands import events

    command_line = get_default_cli()
    understood = []

    def stop(_, **values):
        understood.append(values["args"])
        raise Parsed

    command_line.register_event("CommandInvoker.OnPostParseArgs", stop)
    try:
        command_line.invoke(words)
    except Parsed:
        return understood[0]
    raise AssertionError(f"az does not understand: {words}")


if __name__ == "__main__":
    print(parse(sys.argv[1:]))
