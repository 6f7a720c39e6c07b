#!/usr/bin/python3
"""Walks the real window with the keyboard alone: from the empty list through all pages to Completion, then Update secret key.

    walk.py [--shots FOLDER] [--pace SECONDS] [--controls] PROGRAM -- [ARGUMENTS]

Takes a picture of every page. Run it inside start.sh.
"""

import argparse
import os
import time

from window import Window

BACK = "shift+Tab"


def walk(window):
    window.wait_for("Configure Azure Services")
    window.look("home-empty")
    window.choose("Configure Azure Services…")
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
    known = window.wait("the site's apps", lambda: window.find("Apps that site PS1 knows"))
    window.choose(known.get_name())
    window.press("Down")
    window.look("import-apps-list")
    window.press("Return")
    window.look("import-apps-known")
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
    look_at_history(window)
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


def look_at_history(window):
    """What history would need, and the two dialogs for an administrator's help; then back to computer groups alone."""
    window.choose("Computer groups and history", BACK)
    window.wait("the request", lambda: window.usable("Commands for an administrator…"))
    window.tab_to("Sign in as an administrator…")
    window.look("configuration-history")
    for button, title in (("Commands for an administrator…", "commands"), ("Sign in as an administrator…", "sign-in")):
        window.choose(button, BACK if button.startswith("Commands") else "Tab")
        window.wait("the dialog", lambda: window.find("Commands of the Azure command line (az)") or window.find("Public client ID"))
        window.look(title)
        window.press("Escape")
        window.wait("the page", lambda: window.find("Public client ID", "entry") is None and window.find("ARM template") is None)
    window.choose("Computer groups", BACK)
    window.wait("Next", lambda: window.usable("Next"))


def look_at_what_is_published(window):
    """Computer groups, and their lists; then Log search with a ready-made query. Back to the list of connections."""
    window.choose("View groups…")
    window.wait_for("Of all computers with memberships")
    window.look("groups")
    window.choose("Compare with the site")
    window.wait("the site's counts", lambda: window.find("Site counts"))
    window.look("groups-site")
    window.choose("Members")
    window.wait("the members", lambda: window.find("Last heartbeat"))
    window.look("members")
    window.tab_to("Search")
    window.press("Escape")
    window.wait("all groups", lambda: window.find("Back to all groups") is None)
    window.choose("Log search…")
    window.wait("the query", lambda: window.find("Query (KQL)"))
    window.choose("Ready-made query")
    for _ in range(4):
        window.press("Down")
    window.press("Return")
    window.choose("Run")
    window.wait("the rows", lambda: window.find("Rows"))
    window.look("log-search")
    window.press("Escape")
    window.wait("the groups", lambda: window.find("Query (KQL)") is None)
    window.press("Escape")
    window.wait("the list", lambda: window.usable("Update secret key…"))


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
    look_at_what_is_published(window)
    renew(window)
    window.close()
    for page, controls in window.controls.items():
        if options.controls:
            print(f"{page}: {', '.join(dict.fromkeys(controls))}")
    print("walked from the empty list to Completion, and replaced the secret key, by keyboard alone")


main()
