#!/usr/bin/python3
"""Walks Connection Properties in the real window, by keyboard alone: another description, one collection more and one less, a look at
what that does in Azure, Apply; then the groups in the lab's workspace are those.

    properties.py [--shots FOLDER] [--pace SECONDS] [--theme light|dark] ASW WINDOW-PROGRAM

Starts a lab, makes a connection and publishes it. Run it inside start.sh.
"""

import json
import os
import sys
import tempfile

from connected import NAME, Connected, told
from window import Window

# One that is not chosen at first; not the first by name.
LEFT_OUT = "PS100018"


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
    options = told()
    with tempfile.TemporaryDirectory() as data:
        connected = Connected(options.asw, data)
        try:
            connected.run("collections", NAME, "remove", LEFT_OUT, "--yes")
            for seed in range(1, 7):
                connected.churn(seed)
                connected.run("sync", NAME)
            before = connected.groups()
            window = Window([options.program, "--data-dir", data, "--theme", options.theme], options)
            walk(window, options)
            window.close()
            after = connected.groups()
            with open(os.path.join(data, "window-state.json")) as file:
                order = json.load(file)["order"]
            shown = connected.run("show", NAME)["connection"]
        finally:
            connected.stop()
    if order != {"column": "secret-key", "descending": False}:
        sys.exit(f"remembered is {order}")
    come, gone = after - before, before - after
    if come != {LEFT_OUT} or len(gone) != 1:
        sys.exit(f"came {sorted(come)}, went {sorted(gone)}")
    if shown["description"] != "Workstations of the head office" or set(shown["collections"]) != after:
        sys.exit(f"the connection is {shown}")
    print(f"changed the description, added {come.pop()} and took {gone.pop()} away, by keyboard alone")


main()
