"""What the program hands to an administrator, run for real: by the Azure command line, against `asw lab --tls`.

An app that may not keep history gets its rights from the commands, or from the template, run as they are by an owner; then
`asw connect` makes a connection with history with it.

    python3 -m venv az && az/bin/pip install -r tests/az/requirements.txt
    az/bin/python tests/az/run.py target/debug/asw
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

AZ = str(Path(sys.executable).with_name("az"))
APPS = ("workspace-contributor", "no-publisher")


class Lab:
    """A lab, and the Azure command line signed in to it as an owner."""

    def __init__(self, asw, folder):
        self.asw, self.folder = asw, folder
        arguments = [asw, "--json", "lab", "--tls", "--devices", "200", "--collections", "10"]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.info = json.loads(self.process.stdout.readline())
        self.environment = {
            **os.environ,
            "AZURE_CONFIG_DIR": os.path.join(folder, "az"),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_INSTANCE_DISCOVERY": "false",
            "REQUESTS_CA_BUNDLE": self.info["ca_file"],
        }
        self.sign_in()

    def sign_in(self):
        info, owner = self.info, self.app("owner")
        addresses = {
            "resource-manager": info["arm"],
            "management": info["arm"],
            "active-directory": info["authority"],
            "active-directory-resource-id": "https://management.azure.com",
            "active-directory-graph-resource-id": info["graph"],
            "microsoft-graph-resource-id": info["graph"],
        }
        words = [word for name, url in addresses.items() for word in (f"--endpoint-{name}", url)]
        self.az("cloud", "register", "--name", "Lab", "--skip-endpoint-discovery", *words)
        self.az("cloud", "set", "--name", "Lab")
        who = ["--service-principal", "-u", owner["client_id"], "-p", owner["secret"], "--tenant", info["tenant"]["id"]]
        self.az("login", *who)

    def app(self, label):
        return next(app for app in self.info["apps"] if app["label"] == label)

    def az(self, *words):
        ran = subprocess.run([AZ, *words], env=self.environment, cwd=self.folder, text=True, capture_output=True)
        assert ran.returncode == 0, f"az {words[:3]}: {ran.stdout}{ran.stderr}"

    def setup(self, label):
        """The lab's set-up for an app, with history on."""
        text = Path(self.info["setup_files"][label]).read_text()
        # Paths in it are the lab's own, from its folder.
        path = Path(self.info["setup_files"][label]).with_name(f"history-{label}.toml")
        lines = [line for line in text.splitlines() if not line.startswith("history")]
        path.write_text("\n".join(['history = "on"', *lines]))
        return str(path)

    def ask(self, label, data, *words):
        secrets = {"client_secret": self.app(label)["secret"], "site_password": self.info["site"]["password"]}
        arguments = [self.asw, "--data-dir", data, "--secrets-in-memory", "--secrets-stdin", *words]
        return subprocess.run(arguments, input=json.dumps(secrets), text=True, capture_output=True)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0, "the lab did not end cleanly"


def run_script(lab, label, kind, data):
    """Has the owner run what the program writes, as it is."""
    said = lab.ask(label, data, "rights", "--file", lab.setup(label), "--script", kind)
    assert said.returncode in (0, 3), said.stdout + said.stderr
    lines = said.stdout.splitlines()
    if kind == "az":
        commands = [line for line in lines if line.startswith("az ")]
        assert commands, said.stdout
        for command in commands:
            lab.az(*shlex.split(command)[1:])
        return len(commands)
    template = Path(lab.folder, f"template-{label}.json")
    template.write_text(said.stdout[said.stdout.index("{"):])
    group = lab.info["workspaces"][0]["resource_id"].split("/")[4]
    lab.az("deployment", "group", "create", "--resource-group", group, "--template-file", str(template))
    return 1


def check(asw, label, kind):
    with tempfile.TemporaryDirectory() as folder:
        lab, data = Lab(asw, folder), os.path.join(folder, "data")
        try:
            before = lab.ask(label, data, "connect", "--file", lab.setup(label))
            assert before.returncode == 3, f"{label} could keep history already: {before.stdout}{before.stderr}"
            ran = run_script(lab, label, kind, data)
            after = lab.ask(label, data, "connect", "--file", lab.setup(label))
            assert after.returncode == 0, after.stdout + after.stderr
        finally:
            lab.close()
    print(f"ok: {label}, {kind}: {ran} run by the Azure command line, and history works")


def main():
    asw = str(Path(sys.argv[1]).resolve())
    for kind in ("az", "arm"):
        for label in APPS:
            check(asw, label, kind)


main()
