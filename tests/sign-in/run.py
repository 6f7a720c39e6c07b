#!/usr/bin/env python3
"""Signs in to the lab's site through real Kerberos and NTLM, and looks at what `asw` says when that fails.

    cargo build --features kerberos --bin asw && python3 tests/sign-in/run.py target/debug/asw

| file | what |
| --- | --- |
| `bed.py` | brings up a domain controller and Apache before `asw lab --no-site-auth`, and takes them down by process ID |
| `strict.py` | a front that insists on the channel binding |
| `relay.py` | takes TLS apart on the way |

All on the loopback address and in a folder of its own. Needs root and Debian's packages (PACKAGES in `bed.py`); without them it
says NOT RUN and ends with 0, or with 1 where ASW_REQUIRE_SIGN_IN is set.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

sys.dont_write_bytecode = True
from bed import PACKAGES, PASSWORD, REALM, USER, Bed, free_port, not_run, until, write  # noqa: E402

TICKET, UPN, DNS, NETBIOS = None, f"{USER}@corp.test", f"corp.test\\{USER}", f"CORP\\{USER}"
KERBEROS, NTLM = "Kerberos", "NTLM"
# How each of three accounts gets in, or the code of the problem that keeps it out.
DOORS = {
    #           a ticket          a typed name with its domain   a name that only NTLM knows
    "kerberos": (KERBEROS, KERBEROS, "ntlm_refused"),
    "ntlm": ("ticket_refused", "ticket_refused", NTLM),
    "both": (KERBEROS, KERBEROS, NTLM),
    # NTLM needs a connection that outlasts its three messages.
    "closing": (KERBEROS, KERBEROS, "site_unreachable"),
    "asking": (KERBEROS, KERBEROS, "ntlm_refused"),
    # The ticket of a typed account carries no channel binding.
    "strict": (KERBEROS, "ticket_refused", NTLM),
    "each": (KERBEROS, "ticket_refused", NTLM),
    "apart": ("ticket_refused", "ticket_refused", "account_refused"),
}
EXIT = {"site_unreachable": 5, "no_domain_controller": 5, "provider_needs_full_name": 2}


class Try:
    """One connection of `asw` to the site behind one of the doors."""

    count = 0

    def __init__(self, bed, door, account=TICKET, password=PASSWORD, host="localhost", lab=None, **env):
        Try.count += 1
        self.bed, self.door, self.lab, self.env = bed, door, lab or bed.lab, dict(bed.env, **env)
        self.data = f"{bed.folder}/data{Try.count}"
        self.secrets = {"client_secret": next(a["secret"] for a in self.lab["apps"] if a["label"] == "ready")}
        sign_in = 'sign_in = "current-user"'
        if account:
            self.secrets["site_password"] = password
            sign_in = f"sign_in = \"account\"\naccount = '{account}'"
        with open(self.lab["setup_files"]["ready"], encoding="utf-8") as file:
            setup = file.read()
        self.name = f"try {Try.count}"
        for key, line in {"provider": f'provider = "{host}:{bed.ports[door]}"', "sign_in": sign_in,
                          "trust": f'trust = "pem:{bed.folder}/ca.pem"', "name": f'name = "{self.name}"'}.items():
            setup = re.sub(f"^{key} = .*", lambda _: line, setup, flags=re.M)
        self.file = f"{self.data}.toml"
        write(self.file, setup)

    def run(self, *command):
        command = [self.bed.asw, "--data-dir", self.data, "--log-level", "trace", "--json", "--secrets-in-memory",
                   "--secrets-stdin", *command]
        done = subprocess.run(command, env=self.env, input=json.dumps(self.secrets) + "\n", text=True, capture_output=True)
        if PASSWORD in done.stdout + done.stderr:
            raise SystemExit("the password stands in the output")
        self.no_file_has_the_password()
        return done.returncode, json.loads(done.stdout)

    def no_file_has_the_password(self):
        """Not in the log at its most talkative, nor anywhere else: as it is, as Windows has it, and in Base64."""
        forms = [PASSWORD.encode(encoding) for encoding in ["utf-8", "utf-16-le"]]
        forms += [base64.b64encode(form) for form in forms]
        for folder, _, files in os.walk(self.data):
            for name in files:
                with open(f"{folder}/{name}", "rb") as file:
                    held = file.read()
                if any(form in held for form in forms) or b"Negotiate YII" in held or b"TlRMTVNTU" in held:
                    raise SystemExit(f"the password or a token stands in {name}")

    def plan(self):
        """Exit code, and what became of the check of the site: how it was signed in to, or its error."""
        before = len(self.bed.answered(self.door))
        code, answer = self.run("connect", "--plan", "--file", self.file)
        checks = answer.get("checks") or answer.get("error", {}).get("details", {}).get("checks") or []
        site = [check for check in checks if check["check"] == "site"]
        if not site or not site[0]["passed"]:
            return code, site[0]["error"] if site else answer["error"]
        users = {user for status, user in self.bed.answered(self.door)[before:] if status == 200}
        return code, KERBEROS if users and all(user.endswith(f"@{REALM}") for user in users) else NTLM if users else "nobody"


class Checks:
    def __init__(self, bed):
        self.bed, self.failed = bed, 0

    def all(self):
        self.bed.kinit(self.bed.env["KRB5CCNAME"])
        self.every_door()
        self.refused_passwords()
        self.tickets()
        self.no_domain_controller()
        self.names()
        self.publishes("with a ticket", Try(self.bed, "kerberos"))
        self.publishes(f"with {UPN}", Try(self.bed, "kerberos", UPN))
        self.cost_of_asking()
        self.thousand("a ticket", TICKET)
        self.thousand(NETBIOS, NETBIOS)
        self.unknown_service()  # the last: it takes the service away
        if self.failed:
            raise SystemExit(f"{self.failed} failed")

    def expect(self, what, found, wanted):
        good = found == wanted
        self.failed += not good
        print(f"{'ok    ' if good else 'FAILED'} {what}" + ("" if good else f": {found}, not {wanted}"), flush=True)

    def ends(self, what, attempt, wanted, words=""):
        """The plan ends with this mechanism, or with this problem, its exit code, and these words in what it says."""
        code, found = attempt.plan()
        if isinstance(found, dict):
            said = json.dumps(found, ensure_ascii=False)
            found = found["code"] if words in said else said
        self.expect(f"{what}: {wanted}", (code, found), (0 if wanted in (KERBEROS, NTLM) else EXIT.get(wanted, 4), wanted))

    def counts(self, what, count, wanted):
        """A log may be a moment behind the answer; what comes too often is there by the time that something else was tried."""
        try:
            until(what, lambda: count() >= wanted, seconds=5)
        except SystemExit:
            pass
        self.expect(what, count(), wanted)

    def every_door(self):
        for door, outcomes in DOORS.items():
            for account, wanted in zip([TICKET, UPN, NETBIOS], outcomes):
                self.ends(f"door {door}, {account or 'a ticket'}", Try(self.bed, door, account), wanted)
        self.ends(f"door both, {DNS}", Try(self.bed, "both", DNS), KERBEROS)

    def refused_passwords(self):
        """Each is one attempt at the domain controller, or one proof at the site, and never both."""
        bed = self.bed
        preauth = lambda: bed.log("kdc").count("PREAUTH_FAILED")  # noqa: E731
        for door, account in [("kerberos", UPN), ("both", UPN), ("both", DNS)]:
            refused, requests = preauth(), len(bed.answered(door))
            self.ends(f"door {door}, {account}, a wrong password", Try(bed, door, account, "wrong"), "account_refused")
            self.counts("  is tried once at the domain controller", lambda: preauth() - refused, 1)
            self.counts("  and no token goes to the site", lambda: len(bed.answered(door)) - requests, 1)
        for door in ["ntlm", "both", "strict", "each"]:
            requests = len(bed.answered(door))
            self.ends(f"door {door}, {NETBIOS}, a wrong password", Try(bed, door, NETBIOS, "wrong"), "account_refused")
            self.counts("  is tried once", lambda: len(bed.answered(door)) - requests, 3)
        for account in ["nobody@corp.test", "locked@corp.test"]:
            requests, asked = len(bed.answered("both")), bed.questions()
            self.ends(f"door both, {account}", Try(bed, "both", account), "account_refused")
            self.counts("  is one question to the domain controller", lambda: bed.questions() - asked, 1)
            self.counts("  and no token goes to the site", lambda: len(bed.answered("both")) - requests, 1)

    def tickets(self):
        bed = self.bed
        self.ends("no ticket", Try(bed, "kerberos", KRB5CCNAME=f"FILE:{bed.folder}/none"), "no_ticket")
        short = f"FILE:{bed.folder}/short"
        bed.kinit(short, "-l", "2s")
        until("the ticket to expire", lambda: subprocess.run(["klist", "-s"], env=dict(bed.env, KRB5CCNAME=short)).returncode)
        self.ends("an expired ticket", Try(bed, "kerberos", KRB5CCNAME=short), "ticket_expired")

    def no_domain_controller(self):
        bed = self.bed
        away = f"{bed.folder}/away.conf"
        with open(f"{bed.folder}/krb5.conf", encoding="utf-8") as file:
            write(away, file.read().replace(f":{bed.kdc_port}", f":{free_port()}"))
        fresh = f"FILE:{bed.folder}/fresh"
        bed.kinit(fresh)
        self.ends("domain controller away, a ticket", Try(bed, "kerberos", KRB5_CONFIG=away, KRB5CCNAME=fresh),
                  "no_domain_controller")
        self.ends(f"domain controller away, {UPN}", Try(bed, "kerberos", UPN, KRB5_CONFIG=away), "no_domain_controller")
        for door in ["both", "ntlm", "strict"]:
            self.ends(f"domain controller away, door {door}, {DNS}", Try(bed, door, DNS, KRB5_CONFIG=away), NTLM)
        self.ends(f"domain controller away, {DNS}, a wrong password", Try(bed, "both", DNS, "wrong", KRB5_CONFIG=away),
                  "account_refused", "no_domain_controller")
        self.ends("a domain that nothing is known of", Try(bed, "kerberos", f"{USER}@other.test"), "no_domain_controller",
                  "krb5.conf")

    def names(self):
        for account in [TICKET, UPN, DNS]:
            self.ends(f"the site by its address, {account or 'a ticket'}", Try(self.bed, "kerberos", account, host="127.0.0.1"),
                      "provider_needs_full_name")
        self.ends(f"the site by its address, {NETBIOS}", Try(self.bed, "both", NETBIOS, host="127.0.0.1"), NTLM)

    def unknown_service(self):
        bed = self.bed
        bed.kadmin("delprinc -force HTTP/localhost")
        fresh = f"FILE:{bed.folder}/fresh"
        bed.kinit(fresh)
        self.ends("a service that the domain does not know, a ticket", Try(bed, "kerberos", KRB5CCNAME=fresh), "service_unknown")
        self.ends(f"a service that the domain does not know, {UPN}", Try(bed, "kerberos", UPN), "service_unknown")
        self.ends(f"a service that the domain does not know, door both, {DNS}", Try(bed, "both", DNS), NTLM)

    def cost_of_asking(self):
        """Nothing keeps the ticket of a typed account: the price where the site asks at every request."""
        asked, requests = self.bed.questions(), len(self.bed.answered("asking"))
        self.ends(f"door asking, {UPN}", Try(self.bed, "asking", UPN), KERBEROS)
        signed_in = sum(status != 401 for status, _ in self.bed.answered("asking")[requests:])
        print(f"       {self.bed.questions() - asked} questions to the domain controller for {signed_in} sign-ins", flush=True)

    def thousand(self, who, account):
        """A thousand sign-ins with channel binding, two connections at a time, each handshake on one of them."""
        bed, door = self.bed, f"thousand {who}".replace("\\", " ")
        lab = bed.lab_up(devices=60, collections=350)
        bed.strict_up(door, lab, "--each-request")
        attempt = Try(bed, door, account, lab=lab)
        self.publishes(f"with {who} where each request needs a sign-in with the binding", attempt, remove=False)
        log = bed.strict_log(door)
        served = [line for line in log if line["status"] != 401]
        self.expect(f"  {len(served)} sign-ins are a thousand at least", len(served) >= 1000, True)
        # A process asks once without a token, because it does not know yet.
        refused = [line for line in log if line["why"] and line["token"] != "none"]
        self.expect("  none was refused", refused, [])
        self.expect("  each whole on one connection", self.torn(log), [])

    @staticmethod
    def torn(log):
        """Messages of NTLM that do not follow each other on their connection."""
        torn, before = [], {}
        for line in log:
            was = before.get(line["connection"], "none")
            if (line["token"] == "ntlm 3") != (was == "ntlm 1"):
                torn.append(line)
            before[line["connection"]] = line["token"]
        return torn

    def publishes(self, what, attempt, remove=True):
        """Connects, publishes, and finds in the workspace what the lab says is true."""
        code, answer = attempt.run("connect", "--file", attempt.file)
        self.expect(f"connect {what}", (code, None if code == 0 else answer), (0, None))
        if code:
            return
        code, answer = attempt.run("sync", attempt.name)
        self.expect("  sync", (code, None if code == 0 else answer), (0, None))
        _, answer = attempt.run("groups", attempt.name, "--members")
        found = {group["collection_id"]: sorted(map(str.lower, group["computers"])) for group in answer["groups"]}
        with urllib.request.urlopen(f"{attempt.lab['control']}/truth") as reply:
            true = {c["id"]: sorted(map(str.lower, c["computers"])) for c in json.load(reply)["collections"]}
        self.expect(f"  its {len(found)} groups are true", found, {name: true.get(name) for name in found})
        self.expect("  and there are some", any(found.values()), True)
        if remove:
            attempt.run("remove", attempt.name, "--yes")


def main():
    asw = os.path.abspath(sys.argv[1])
    if os.geteuid() != 0:
        not_run("root is needed")
    missing = sorted(package for path, package in PACKAGES.items() if not os.path.exists(path))
    if missing:
        not_run(f"these packages are missing: {' '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="asw-sign-in-") as folder:
        bed = Bed(asw, folder)
        try:
            bed.up()
            Checks(bed).all()
        finally:
            bed.down()


main()
