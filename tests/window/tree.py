#!/usr/bin/python3
"""Shows a window as a screen reader gets it, and drives it the same way.

    tree.py PID [--expect NAME | --press NAME]...

Expectations and presses are done in their order; each waits until something of that name is there. Then every accessible is
printed: role, name, text, description, states. Exit code 1 where something that takes the focus has no name.
"""
import argparse
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

PATIENCE = 30
STATES = ["FOCUSABLE", "FOCUSED", "CHECKED", "PRESSED", "SELECTED", "EXPANDED"]
# Containers that scroll or hold others take the focus without being a control.
NO_CONTROL = {"frame", "window", "application", "panel", "filler"}


def child_of(node, at):
    try:
        return node.get_child_at_index(at)
    except GLib.Error:
        return None


def walk(node, depth=0):
    if node is None:
        return
    yield node, depth
    for at in range(node.get_child_count()):
        yield from walk(child_of(node, at), depth + 1)


def program(pid):
    desktop = Atspi.get_desktop(0)
    for at in range(desktop.get_child_count()):
        app = child_of(desktop, at)
        if app is not None and app.get_process_id() == pid:
            return app
    return None


def await_that(what, found):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            result = found()
        except GLib.Error:
            result = None  # it changed while it was read
        if result:
            return result
        time.sleep(0.1)
    sys.exit(f"never came: {what}")


def named(pid, name, presses=False):
    for node, _ in walk(program(pid)):
        usable = not presses or (node.get_n_actions() > 0 and has(node, "SENSITIVE"))
        if node.get_name() == name and usable:
            return node
    return None


def has(node, state):
    return node.get_state_set().contains(getattr(Atspi.StateType, state))


def value(node):
    if node.get_role_name() == "password text" or "Text" not in node.get_interfaces():
        return ""
    return Atspi.Text.get_text(node, 0, -1)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("pid", type=int)
    steps = []
    for kind in ["expect", "press"]:
        arguments.add_argument(f"--{kind}", metavar="NAME", type=lambda name, kind=kind: steps.append((kind, name)))
    pid = arguments.parse_args().pid
    Atspi.init()
    await_that(f"the window of process {pid}", lambda: program(pid) and program(pid).get_child_count())
    for kind, name in steps:
        node = await_that(f'"{name}"', lambda: named(pid, name, presses=kind == "press"))
        if kind == "press":
            node.do_action(0)

    nameless = 0
    for node, depth in walk(program(pid)):
        role, name = node.get_role_name(), node.get_name()
        states = [state for state in STATES if has(node, state)]
        if not has(node, "SENSITIVE"):
            states.append("DISABLED")
        parts = [f"{role} {name!r}"]
        parts += [f"text={value(node)!r}"] if value(node) else []
        parts += [f"description={node.get_description()!r}"] if node.get_description() else []
        parts += [" ".join(states).lower()] if states else []
        lost = "FOCUSABLE" in states and not name and role not in NO_CONTROL
        nameless += lost
        print("  " * depth + "  ".join(parts) + ("   <-- NO NAME" if lost else ""))
    if nameless:
        sys.exit(f"{nameless} take the focus without a name")


main()
