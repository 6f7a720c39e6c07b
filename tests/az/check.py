"""Parses the commands that `asw rights --script az` writes with the real Azure command line. A development check: install
requirements.txt, then `python check.py` (or `python check.py FILE` with commands that are written already). Nothing is sent."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TEST = "rights::scripts_are_written_where_they_are_asked_for"


def commands():
    if len(sys.argv) > 1:
        return Path(sys.argv[1]).read_text().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "commands.txt"
        words = ["cargo", "test", "--locked", "--test", "it", "--", "--exact", TEST]
        made = subprocess.run(words, cwd=PROJECT, env={**os.environ, "ASW_AZ_COMMANDS": str(path)}, stdout=subprocess.DEVNULL)
        if made.returncode != 0:
            raise SystemExit("cargo test could not write the commands")
        return path.read_text().splitlines()


def powershell(line):
    """Words as PowerShell takes them: blanks part them, double quotes hold them together; nothing else may mean anything."""
    assert not re.search(r"[$`'|;&<>(){}@,]", re.sub(r'"[^"$`]*"', "", line)), line
    return [word.strip('"') for word in re.findall(r'"[^"]*"|[^ ]+', line)]


def parse(words):
    """What the command line understands; it ends the program at words that it does not know."""
    from azure.cli.core import get_default_cli
    from azure.cli.core.commands.events import EVENT_INVOKER_PRE_LOAD_ARGUMENTS
    from knack.events import EVENT_INVOKER_POST_CMD_TBL_CREATE

    cli = get_default_cli()
    invocation = cli.invocation_cls(
        cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls
    )
    cli.invocation = invocation
    loader = invocation.commands_loader
    loader.load_command_table(words)
    known = [name for name in loader.command_table if words[: len(name.split())] == name.split()]
    if not known:
        raise SystemExit(f"no such command: {words}")
    command = max(known, key=len)
    invocation.data["command_string"] = command
    # As the command line itself does it: global arguments such as --subscription come with these events.
    cli.raise_event(EVENT_INVOKER_PRE_LOAD_ARGUMENTS, commands_loader=loader)
    loader.load_arguments(command)
    cli.raise_event(EVENT_INVOKER_POST_CMD_TBL_CREATE, commands_loader=loader)
    invocation.parser.cli_ctx = cli
    invocation.parser.load_command_table(loader)
    return vars(invocation.parser.parse_args(words))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AZURE_CONFIG_DIR"] = folder
        os.environ["AZURE_CORE_COLLECT_TELEMETRY"] = "false"
        count = 0
        for line in commands():
            if not line or line.startswith("#"):
                continue
            words = shlex.split(line)
            assert words == powershell(line), f"bash and PowerShell read this differently: {line}"
            assert words[0] == "az", line
            understood = parse(words[1:])
            if words[1] == "role":
                for name in ("role", "scope"):
                    assert understood.get(name), f"{name} is not understood in {line}"
                whom = [understood.get(name) for name in ("assignee_object_id", "assignee_principal_type")]
                assert all(whom) or understood.get("assignee"), f"nobody is understood in {line}"
            count += 1
        assert count > 0, "no command was written"
        print(f"{count} commands: all understood by az, and read alike by bash and PowerShell")


main()
