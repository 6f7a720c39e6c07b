#!/usr/bin/python3
"""Walks Connection Properties in the real window, by keyboard alone: another description, one collection more and one less, a look at
what that does in Azure, Apply; then the groups in the lab's workspace are those.

    properties.py [--shots FOLDER] [--pace SECONDS] [--theme light|dark] ASW WINDOW-PROGRAM

Starts a lab, makes a connection and publishes it. Run it inside start.sh.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

from window import Window

APP = "ready"
NAME = "Contoso"
# One that is not chosen at first; not the first by name.
LEFT_OUT = "PS100018"


class Bench:
    """A lab, and a connection to it that is published."""

    def __init__(self, asw, data):
        self.asw, self.data = asw, data
        arguments = [asw, "--json", "lab", "--devices", "400", "--collections", "14"]
        self.lab = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told = json.loads(self.lab.stdout.readline())
        app = next(app for app in told["apps"] if app["label"] == APP)
        secrets = {"client_secret": app["secret"], "site_password": told["site"]["password"]}
        made = self.run("connect", "--file", told["setup_files"][APP], "--secrets-stdin", typed=json.dumps(secrets))
        self.run("set", made["connection"]["name"], "--name", NAME)
        self.run("collections", NAME, "remove", LEFT_OUT, "--yes")
        for seed in range(1, 7):
            self.churn(told["control"], seed)
            self.run("sync", NAME)

    def run(self, *arguments, typed=""):
        done = subprocess.run(
            [self.asw, "--data-dir", self.data, "--json", *arguments], input=typed, text=True, stdout=subprocess.PIPE,
        )
        if done.returncode:
            sys.exit(f"asw {' '.join(arguments)} ended with {done.returncode}: {done.stdout}")
        return json.loads(done.stdout)

    @staticmethod
    def churn(control, seed):
        """Memberships change at the site."""
        body = json.dumps({"seed": seed, "moves": 60}).encode()
        request = urllib.request.Request(control + "/churn", data=body, method="POST")
        urllib.request.urlopen(request).close()

    def groups(self):
        return {group["collection_id"] for group in self.run("groups", NAME)["groups"]}

    def stop(self):
        self.lab.stdin.close()
        self.lab.wait(20)


def sort(window):
    """By when secret keys expire: the seventh title."""
    for _ in range(20):
        node = window.focused()
        if node and node.get_name().startswith(f"{NAME}, "):
            break
        window.press_quickly("Tab")
    window.press(*["Right"] * 6, "space")
    window.look("home-sorted")


def walk(window, options):
    """What the person does."""
    window.wait("the list", lambda: window.usable("Properties…"))
    window.look("home")
    sort(window)
    window.tab_to("Properties…")
    window.press("space")
    window.wait("the dialog", lambda: window.find("Description", "entry"))
    window.look("general")
    window.type("Description", "Workstations of the head office")
    for page, ready in (
        ("directory", "Verify"),
        ("connection", "Add…"),
        ("synchronization", "Publish now"),
        ("site", "Move connection…"),
    ):
        window.press("ctrl+Tab")
        window.wait(page, lambda: window.usable(ready))
        window.look(page)
    window.press("ctrl+Prior")
    window.wait("the record", lambda: window.find("Record of runs", "list box"))
    window.tab_to("Members of")
    window.press("Tab", "Down")  # into the list
    window.look("record")
    window.press("ctrl+Prior", "ctrl+Prior")
    window.choose("Verify")
    window.wait_for("Successfully verified!")
    window.look("verified")
    window.press("ctrl+Tab")
    window.choose("Add…")
    window.wait("the site's collections", lambda: window.find("Filter"))
    window.press("Down", "Return")
    window.wait("the tab", lambda: window.find("Filter") is None)
    window.tab_to("Remove")
    window.press("space")
    window.look("connection-changed")
    window.tab_to("Apply")
    window.press("space")
    window.wait("the preview", lambda: window.usable("Apply and delete"))
    window.look("preview")
    window.tab_to("Apply and delete")
    window.press("space")
    window.wait_for("1 collection added")
    window.look("applied")
    window.tab_to("OK")
    window.press("Return")
    window.wait("the list", lambda: window.find("Collection ID") is None or window.find("OK") is None)
    window.wait_for("Published 13 collections")
    window.look("home-after")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("asw")
    parser.add_argument("program")
    parser.add_argument("--shots")
    parser.add_argument("--theme", default="light")
    parser.add_argument("--pace", type=float, default=0.2)
    options = parser.parse_args()
    if options.shots:
        os.makedirs(options.shots, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        bench = Bench(options.asw, data)
        try:
            before = bench.groups()
            window = Window([options.program, "--data-dir", data, "--theme", options.theme], options)
            walk(window, options)
            window.close()
            after = bench.groups()
            with open(os.path.join(data, "window-state.json")) as file:
                order = json.load(file)["order"]
            shown = bench.run("show", NAME)["connection"]
        finally:
            bench.stop()
    if order != {"column": "secret-key", "descending": False}:
        sys.exit(f"remembered is {order}")
    come, gone = after - before, before - after
    if come != {LEFT_OUT} or len(gone) != 1:
        sys.exit(f"came {sorted(come)}, went {sorted(gone)}")
    if shown["description"] != "Workstations of the head office" or set(shown["collections"]) != after:
        sys.exit(f"the connection is {shown}")
    print(f"changed the description, added {come.pop()} and took {gone.pop()} away, by keyboard alone")


main()
