#!/usr/bin/python3
"""The help desk's minute, timed at a person's pace: the secret key has expired, here is the new one.

    renewal.py [--pace SECONDS] [--shots FOLDER] ASW WINDOW-PROGRAM

Starts a lab, makes a connection, lets its secret key expire, opens the window, and replaces the key. Fails where that takes more
than four acts besides pasting and the date, or a minute. Run it inside start.sh.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

from window import Window

APP = "workspace-contributor"


def connect(asw, lab, data):
    """A connection of the lab's app, made on the command line."""
    app = next(app for app in lab["apps"] if app["label"] == APP)
    secrets = {"client_secret": app["secret"], "site_password": lab["site"]["password"]}
    subprocess.run(
        [asw, "--data-dir", data, "connect", "--file", lab["setup_files"][APP], "--secrets-stdin"],
        input=json.dumps(secrets), text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    return app


def turn(lab, knob, value):
    """Something that an administrator does in Azure meanwhile."""
    body = json.dumps({"cloud": {knob: value}}).encode()
    request = urllib.request.Request(lab["control"] + "/knobs", data=body, method="POST")
    urllib.request.urlopen(request).close()


def replace_the_key(window, secret, pace):
    """What the person does; answers how many acts it took."""
    acts = 0
    window.wait_for("expired")
    window.shot("1-expired")
    time.sleep(pace)  # reads the banner
    window.tab_to("Update secret key…")
    window.press("space")
    acts += 1
    window.wait("the dialog", lambda: window.find("New secret key"))
    window.shot("2-dialog")
    time.sleep(pace)  # compares with the ticket
    window.paste("New secret key", secret)
    window.shot("3-pasted")
    time.sleep(pace)
    window.press("Return")
    acts += 1
    window.wait_for("The new secret key is in use")
    window.shot("4-done")
    time.sleep(pace)  # reads that it is done
    window.press("Return")
    acts += 1
    window.wait("the list", lambda: window.find("New secret key") is None)
    return acts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("asw")
    parser.add_argument("program")
    parser.add_argument("--shots")
    parser.add_argument("--pace", type=float, default=2.0)
    options = parser.parse_args()
    arguments = [options.asw, "--json", "lab", "--devices", "400", "--collections", "14"]
    served = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        with tempfile.TemporaryDirectory() as data:
            lab = json.loads(served.stdout.readline())
            app = connect(options.asw, lab, data)
            turn(lab, "rotate_secret", {"label": APP})
            turn(lab, "expire_secret", {"label": APP})
            subprocess.run([options.asw, "--data-dir", data, "sync", "--all"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            options.program = [options.program, "--data-dir", data]
            begun = time.monotonic()
            window = Window(options.program, options)
            acts = replace_the_key(window, app["next_secret"], options.pace)
            took = time.monotonic() - begun
            window.shot("5-renewed")
            window.close()
    finally:
        served.stdin.close()
        served.wait(20)
    print(f"an expired key replaced in {took:.1f} s with {acts} acts, from the start of the program")
    if acts > 4 or took > 60:
        sys.exit("that is too much for a help desk")


main()
