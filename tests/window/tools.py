#!/usr/bin/python3
"""Messages, Save settings, Diagnose and Delete in the real window, by keyboard alone: the settings are those of asw export, and at the end
there is no connection any more.

    tools.py [--shots FOLDER] [--pace SECONDS] [--theme light|dark] ASW WINDOW-PROGRAM

Starts a lab, makes a connection with history and publishes it. Run it inside start.sh.
"""

import os
import sys
import tempfile

from connected import NAME, Connected, told
from window import Window


def more(window, tool):
    """Something of the menu More."""
    window.choose("More…")
    window.wait("the menu", lambda: window.usable(tool))
    window.tab_to(tool, key="Down")
    window.press("Return")


def walk(window, settings):
    window.wait("the list", lambda: window.usable("Publish now"))
    window.choose("Publish now")
    window.wait_for("Published 14 collections")
    window.press("F8")
    window.wait("the messages", lambda: window.usable("Hide messages"))
    window.look("messages")
    window.press("F8")

    more(window, "Save settings…")
    window.wait("the settings", lambda: window.find("File"))
    window.look("save-settings")
    window.type("File", settings)
    window.tab_to("Save")
    window.press("space")
    window.wait("the file", lambda: os.path.exists(settings))
    window.tab_to("Close")
    window.press("space")

    more(window, "Diagnose…")
    window.wait("the report", lambda: window.usable("Look again"))
    window.look("diagnose")
    window.press("Escape")

    window.wait("the list", lambda: window.usable("Delete…"))
    window.choose("Delete…")
    window.wait("what is there", lambda: window.usable("Delete"))
    window.look("delete")
    window.tab_to("Delete")
    window.press("space")
    window.wait("the empty list", lambda: window.find("Delete…") is None and window.usable("Configure Azure Services…"))


def main():
    options = told()
    with tempfile.TemporaryDirectory() as data:
        connected = Connected(options.asw, data)
        try:
            connected.run("set", NAME, "--history", "on")
            connected.run("sync", NAME)
            exported = connected.run("export", NAME)["setup"]
            settings = os.path.join(data, "saved.toml")
            window = Window([options.program, "--data-dir", data, "--theme", options.theme], options)
            walk(window, settings)
            window.close()
            left = connected.run("list")["connections"]
            with open(settings, encoding="utf-8") as file:
                saved = file.read()
        finally:
            connected.stop()
    if saved != exported:
        sys.exit(f"saved was {saved}, not {exported}")
    if left:
        sys.exit(f"left is {left}")
    print("saved the settings, looked at messages and report, and deleted the connection, by keyboard alone")


main()
