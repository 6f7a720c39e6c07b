"""A lab, and a connection to it that is published: where walks begin that are not about the wizard."""

import argparse
import json
import os
import subprocess
import sys
import urllib.request

APP = "ready"
NAME = "Contoso"


def told():
    """What such a walk is told by its caller."""
    parser = argparse.ArgumentParser()
    parser.add_argument("asw")
    parser.add_argument("program")
    parser.add_argument("--shots")
    parser.add_argument("--theme", default="light")
    parser.add_argument("--pace", type=float, default=0.2)
    options = parser.parse_args()
    if options.shots:
        os.makedirs(options.shots, exist_ok=True)
    return options


class Connected:
    def __init__(self, asw, data):
        self.asw, self.data = asw, data
        arguments = [asw, "--json", "lab", "--devices", "400", "--collections", "14"]
        self.lab = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told = json.loads(self.lab.stdout.readline())
        app = next(app for app in self.told["apps"] if app["label"] == APP)
        secrets = {"client_secret": app["secret"], "site_password": self.told["site"]["password"]}
        setup = self.told["setup_files"][APP]
        made = self.run("connect", "--file", setup, "--secrets-stdin", typed=json.dumps(secrets))
        self.run("set", made["connection"]["name"], "--name", NAME)

    def run(self, *arguments, typed=""):
        done = subprocess.run(
            [self.asw, "--data-dir", self.data, "--json", *arguments], input=typed, text=True, stdout=subprocess.PIPE,
        )
        if done.returncode:
            sys.exit(f"asw {' '.join(arguments)} ended with {done.returncode}: {done.stdout}")
        return json.loads(done.stdout)

    def churn(self, seed):
        """Memberships change at the site."""
        body = json.dumps({"seed": seed, "moves": 60}).encode()
        request = urllib.request.Request(self.told["control"] + "/churn", data=body, method="POST")
        urllib.request.urlopen(request).close()

    def groups(self):
        return {group["collection_id"] for group in self.run("groups", NAME)["groups"]}

    def stop(self):
        self.lab.stdin.close()
        self.lab.wait(20)
