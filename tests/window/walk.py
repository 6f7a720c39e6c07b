#!/usr/bin/python3
"""Walks the real window with the keyboard alone: from the empty list through all pages to Completion, then Update secret key.

    walk.py [--shots FOLDER] [--pace SECONDS] [--controls] PROGRAM -- [ARGUMENTS]

Reads the screen as a screen reader does (AT-SPI), presses keys as a person does (xdotool), and takes a picture of every page.
Needs a display, a session bus with accessibility on, and xdotool: run it inside start.sh. Ends only the program it started.
"""

import argparse
import os
import subprocess
import sys
import time
import warnings

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

PATIENCE = 60
# Containers that scroll or hold others take the focus without being a control.
NO_CONTROL = {"frame", "window", "application", "panel", "filler", "scroll pane"}
warnings.simplefilter("ignore")


class Window:
    def __init__(self, arguments, options):
        self.options = options
        self.keys = 0
        self.controls = {}
        self.process = subprocess.Popen(arguments)
        self.root = self.wait("the window on the bus", self.find_root)
        self.id = self.wait("the window on the display", self.find_id)
        subprocess.run(["xdotool", "windowactivate", "--sync", self.id], check=True)

    # Reading the screen

    def find_root(self):
        desktop = Atspi.get_desktop(0)
        for at in range(desktop.get_child_count()):
            program = desktop.get_child_at_index(at)
            if program and program.get_process_id() == self.process.pid and program.get_child_count():
                return program
        return None

    def find_id(self):
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)], capture_output=True, text=True
        )
        return found.stdout.split()[-1] if found.stdout.split() else None

    def wait(self, what, look, patience=PATIENCE):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self.process.poll() is not None:
                sys.exit(f"the program ended while waiting for {what}")
            try:
                found = look()
            except gi.repository.GLib.Error:
                found = None  # the screen changed while it was read
            if found:
                return found
            time.sleep(0.05)
        if hasattr(self, "id"):
            self.shot("failed")
            print("\n".join(self.lines()))
        self.process.terminate()
        sys.exit(f"never came: {what}")

    def nodes(self):
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if node is None:
                continue
            yield node
            waiting.extend(node.get_child_at_index(at) for at in reversed(range(node.get_child_count())))

    @staticmethod
    def words(node):
        try:
            content = Atspi.Text.get_text(node, 0, -1)
        except gi.repository.GLib.Error:
            content = ""  # it holds no text of its own
        return " ".join(part for part in (node.get_name(), node.get_description(), content) if part)

    def lines(self):
        return [f"{node.get_role_name()}: {self.words(node)}" for node in self.nodes()]

    def says(self, words):
        return any(words in self.words(node) for node in self.nodes())

    def wait_for(self, words):
        self.wait(words, lambda: self.says(words))

    def focused(self):
        for node in self.nodes():
            if node.get_state_set().contains(Atspi.StateType.FOCUSED) and node.get_role_name() != "frame":
                return node
        return None

    def find(self, name, role=None):
        for node in self.nodes():
            if node.get_name() == name and role in (None, node.get_role_name()):
                return node
        return None

    def usable(self, name):
        node = self.find(name)
        return node and node.get_state_set().contains(Atspi.StateType.SENSITIVE) and node

    # Pressing keys

    def press(self, *keys):
        for key in keys:
            subprocess.run(["xdotool", "key", "--clearmodifiers", key], check=True)
            self.keys += 1
            time.sleep(self.options.pace)

    def tab_to(self, name):
        for _ in range(80):
            node = self.focused()
            if node and node.get_name() == name:
                return
            self.press_quickly("Tab")
        self.shot("failed")
        print("\n".join(self.lines()))
        self.process.terminate()
        sys.exit(f"Tab does not lead to {name}")

    def press_quickly(self, key):
        subprocess.run(["xdotool", "key", "--clearmodifiers", key], check=True)
        self.keys += 1
        time.sleep(min(self.options.pace, 0.12))

    def type(self, name, text):
        self.tab_to(name)
        self.press_quickly("ctrl+a")
        if text.isascii():
            subprocess.run(["xdotool", "type", "--delay", "12", text], check=True)
        else:  # not on this keyboard: a person pastes it
            self.paste(name, text)
        time.sleep(0.1)

    def paste(self, name, text):
        """As a person does who has the value in the clipboard already."""
        self.tab_to(name)
        self.press_quickly("ctrl+a")
        subprocess.run(["xclip", "-selection", "clipboard"], input=text.encode(), check=True)
        self.press("ctrl+v")

    def choose(self, name):
        self.tab_to(name)
        self.press("space")

    def look(self, name):
        """Every control that the keyboard reaches must have a name; then the picture."""
        for node in self.nodes():
            role = node.get_role_name()
            if node.get_state_set().contains(Atspi.StateType.FOCUSABLE) and role not in NO_CONTROL:
                self.controls.setdefault(name, []).append(f"{role} \"{node.get_name()}\"")
                if not node.get_name():
                    self.process.terminate()
                    sys.exit(f"a {role} without a name on {name}")
        self.shot(name)

    def shot(self, name):
        if self.options.shots:
            time.sleep(0.3)
            path = os.path.join(self.options.shots, f"{name}.png")
            subprocess.run(["import", "-window", self.id, path], check=True)

    def value(self, name):
        """A value of the lab's sheet: it stands behind the button that copies it."""
        self.wait(f"the lab's {name}", lambda: self.find(f"Copy {name}"))
        nodes = iter(self.nodes())
        for node in nodes:
            if node.get_name() == f"Copy {name}":
                return next(nodes).get_name()
        return None

    def close(self):
        self.press("alt+F4")
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            sys.exit("the window does not close")


def walk(window):
    window.wait_for("New connection")
    window.look("home-empty")
    window.choose("New connection…")
    window.wait("General", lambda: window.find("SMS Provider"))
    window.look("general")
    for name in ("SMS Provider", "Account", "Password"):
        window.type(name, window.value(name))
    window.press("Return")
    window.wait("the certificate", lambda: window.usable("Trust this certificate"))
    window.look("general-certificate")
    window.choose("Trust this certificate")
    window.wait("Next", lambda: window.usable("Next"))
    window.look("general-checked")
    window.choose("Next")
    window.wait("Azure Services", lambda: window.find("Description"))
    window.type("Name", "Contoso production")
    window.type("Description", "Workstations of the head office")
    window.look("azure-services")
    window.choose("Next")
    window.wait("App", lambda: window.find("Import…"))
    window.look("app")
    window.choose("Import…")
    window.wait("Import Apps", lambda: window.find("Client ID"))
    for name in (
        "Azure AD Tenant Name",
        "Azure AD Tenant ID",
        "Application Name",
        "Client ID",
        "Secret Key",
        "Secret Key Expiry",
        "App ID URI",
    ):
        window.type(name, window.value(name))
    window.press("Return")
    window.wait_for("Successfully verified!")
    window.look("import-apps")
    window.choose("Next")
    window.wait("the workspace", lambda: window.usable("Next"))
    window.wait("the collections", lambda: window.usable("Add…"))
    window.choose("Add…")
    window.wait("the dialog", lambda: window.find("Filter"))
    window.look("add-collections")
    window.press_quickly("Tab")
    for node in window.nodes():
        if node.get_name().startswith("Select all shown"):
            window.choose(node.get_name())
            break
    window.press("Return") if window.focused() is None else None
    add = window.wait(
        "Add n collections",
        lambda: next((n for n in window.nodes() if n.get_name().startswith("Add ") and "collections" in n.get_name() and n.get_role_name() in ("push button", "button")), None),
    )
    window.choose(add.get_name())
    window.wait("the list", lambda: window.find("Filter") is None)
    window.look("configuration")
    window.choose("Next")
    window.wait("Confirm", lambda: window.find("Confirm", "heading"))
    window.look("confirm")
    window.choose("Next")
    window.wait("Progress", lambda: window.find("Progress", "heading") or window.find("Completion", "heading"))
    window.look("progress")
    window.wait("Completion", lambda: window.find("Completion", "heading"), 180)
    window.look("completion")
    window.press("Return")
    window.wait("the list", lambda: window.usable("Update secret key…"))
    window.look("home")


def renew(window):
    begun, keys = time.monotonic(), window.keys
    window.choose("Update secret key…")
    window.wait("the dialog", lambda: window.find("New secret key"))
    window.paste("New secret key", window.value("Next Secret Key"))
    window.look("update-secret")
    window.press("Return")
    window.wait_for("The new secret key is in use")
    window.look("update-secret-done")
    window.press("Return")
    window.wait("the list", lambda: window.find("New secret key") is None)
    print(f"update secret key: {time.monotonic() - begun:.1f} s, {window.keys - keys} keys (Tab included)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="+")
    parser.add_argument("--shots")
    parser.add_argument("--controls", action="store_true", help="print every control of every page")
    parser.add_argument("--pace", type=float, default=0.2)
    options = parser.parse_args()
    if options.shots:
        os.makedirs(options.shots, exist_ok=True)
    window = Window(options.program, options)
    walk(window)
    renew(window)
    window.close()
    for page, controls in window.controls.items():
        if options.controls:
            print(f"{page}: {', '.join(dict.fromkeys(controls))}")
    print("walked from the empty list to Completion, and replaced the secret key, by keyboard alone")


main()
