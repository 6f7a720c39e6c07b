"""A program's real window, read as a screen reader does (AT-SPI) and used by keyboard as a person does (xdotool).

Needs a display, a session bus with accessibility on, and xdotool: run it inside start.sh. Ends only the program it started.
"""

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

    def tab_to(self, name, key="Tab"):
        for _ in range(80):
            node = self.focused()
            if node and node.get_name() == name:
                return
            self.press_quickly(key)
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

    def choose(self, name, key="Tab"):
        self.tab_to(name, key)
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
