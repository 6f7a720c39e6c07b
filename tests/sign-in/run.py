#!/usr/bin/env python3
"""Signs in to the lab's site through a real Kerberos and NTLM front, and looks at what `asw` says when that fails.

    cargo build --features kerberos --bin asw && python3 tests/sign-in/run.py target/debug/asw

Brings up, on the loopback address and in a folder of its own: an MIT Kerberos domain controller, and Apache with
mod_auth_gssapi before `asw lab --no-site-auth`. Takes everything down again, by process ID. Needs root and Debian's
packages (PACKAGES below); without them it says NOT RUN and ends with 0, or with 1 where ASW_REQUIRE_SIGN_IN is set.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PACKAGES = {  # what must be there, and the package that brings it
    "/usr/sbin/krb5kdc": "krb5-kdc",
    "/usr/sbin/kadmin.local": "krb5-admin-server",
    "/usr/bin/kinit": "krb5-user",
    "/usr/sbin/apache2": "apache2",
    "/usr/lib/apache2/modules/mod_auth_gssapi.so": "libapache2-mod-auth-gssapi",
    "/usr/lib/x86_64-linux-gnu/gssntlmssp/gssntlmssp.so": "gss-ntlmssp",
    "/usr/bin/openssl": "openssl",
}
REALM, USER, PASSWORD = "CORP.TEST", "svc_reader", "Read.0nly-Pass"
MODULES = ["mpm_event", "authn_core", "authz_core", "authz_user", "mime", "ssl", "headers", "proxy", "proxy_http"]


def not_run(why):
    print(f"NOT RUN: signing in with Kerberos and NTLM: {why}", flush=True)
    sys.exit(1 if os.environ.get("ASW_REQUIRE_SIGN_IN") else 0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Bed:
    """The domain controller, Apache and the lab."""

    def __init__(self, asw, folder):
        self.asw, self.folder = asw, folder
        self.children = []
        self.env = dict(os.environ, KRB5_CONFIG=f"{folder}/krb5.conf", KRB5_KDC_PROFILE=f"{folder}/kdc.conf",
                        KRB5CCNAME=f"FILE:{folder}/tickets")
        self.env.pop("DBUS_SESSION_BUS_ADDRESS", None)

    def start(self, *command, **options):
        child = subprocess.Popen(command, env=self.env, **options)
        self.children.append(child)
        return child

    def run(self, *command, **options):
        return subprocess.run(command, env=self.env, check=True, capture_output=True, **options)

    def up(self):
        os.chmod(self.folder, 0o755)
        self.lab_up()
        self.kdc_up()
        self.certificate()
        self.apache_up()

    def lab_up(self):
        lab = self.start(self.asw, "--json", "lab", "--no-site-auth", "--devices", "400", "--collections", "12",
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lab = json.loads(lab.stdout.readline())

    def kdc_up(self):
        port, f = free_port(), self.folder
        write(f"{f}/krb5.conf", f"""[libdefaults]
default_realm = {REALM}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
[realms]
{REALM} = {{
  kdc = 127.0.0.1:{port}
}}
[domain_realm]
localhost = {REALM}
""")
        write(f"{f}/kdc.conf", f"""[kdcdefaults]
kdc_listen = ""
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{REALM} = {{
  database_name = {f}/principals
  key_stash_file = {f}/stash
  acl_file = {f}/acl
  supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
  default_principal_flags = +preauth
}}
[logging]
kdc = FILE:{f}/kdc.log
""")
        write(f"{f}/acl", "")
        self.run("kdb5_util", "-r", REALM, "create", "-s", "-P", "master key of a test")
        # A name with an at sign is looked for as a whole; a domain of Windows finds the account, an MIT one needs the name.
        for name in [USER, f"{USER}\\@corp.test"]:
            self.kadmin(f"addprinc -pw {PASSWORD} {name}")
        self.kadmin("addprinc -randkey HTTP/localhost")
        self.kadmin(f"ktadd -k {f}/http.keytab HTTP/localhost")
        shutil.chown(f"{f}/http.keytab", "www-data")
        self.start("krb5kdc", "-n", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("the domain controller", lambda: answers(port))
        self.kdc_port = port

    def kadmin(self, query):
        self.run("kadmin.local", "-r", REALM, "-q", query)

    def certificate(self):
        f = self.folder
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-sha256", "-subj", "/CN=Test root",
                 "-addext", "basicConstraints=critical,CA:true", "-keyout", f"{f}/ca.key", "-out", f"{f}/ca.pem")
        self.run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", f"{f}/server.key",
                 "-out", f"{f}/server.csr")
        write(f"{f}/server.ext", "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
        self.run("openssl", "x509", "-req", "-in", f"{f}/server.csr", "-CA", f"{f}/ca.pem", "-CAkey", f"{f}/ca.key",
                 "-CAcreateserial", "-days", "2", "-sha256", "-out", f"{f}/server.pem", "-extfile", f"{f}/server.ext")

    def apache_up(self):
        f = self.folder
        users = "".join(f"{domain}:{USER}:{PASSWORD}\n" for domain in ["CORP", REALM, REALM.lower()])
        write(f"{f}/ntlm.users", users)
        shutil.chown(f"{f}/ntlm.users", "www-data")
        os.chmod(f"{f}/ntlm.users", 0o600)
        self.ports = {name: free_port() for name in ["kerberos", "ntlm", "both", "closing"]}
        hosts = "".join([
            # The keytab in the configuration keeps NTLM out, the keytab in the environment lets both in.
            self.host("kerberos", "krb5", more=f"GssapiCredStore keytab:{f}/http.keytab"),
            self.host("ntlm", "ntlmssp"),
            self.host("both", "krb5 ntlmssp"),
            self.host("closing", "krb5 ntlmssp", keep_alive="Off"),
        ])
        modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in [*MODULES, "auth_gssapi"])
        write(f"{f}/httpd.conf", f"""ServerRoot {f}
ServerName localhost
PidFile {f}/httpd.pid
DefaultRuntimeDir {f}
Mutex pthread
User www-data
Group www-data
ErrorLog {f}/error.log
{modules}TypesConfig /etc/mime.types
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
SSLSessionCache none
MaxKeepAliveRequests 0
CustomLog {f}/access.log "%{{local}}p %{{remote}}p %>s"
{hosts}""")
        self.env.update(NTLM_USER_FILE=f"{f}/ntlm.users", NETBIOS_DOMAIN_NAME="CORP", LM_COMPAT_LEVEL="5",
                        KRB5_KTNAME=f"{f}/http.keytab")
        self.start("apache2", "-f", f"{f}/httpd.conf", "-D", "FOREGROUND")
        for port in self.ports.values():
            until("Apache", lambda: answers(port))

    def host(self, name, mechanisms, keep_alive="On", more=""):
        allowed = "\n".join(f"GssapiAllowedMech {mechanism}" for mechanism in mechanisms.split())
        port, backend = self.ports[name], self.lab["site"]["url"].removesuffix("/AdminService")
        return f"""Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
SSLEngine on
SSLCertificateFile {self.folder}/server.pem
SSLCertificateKeyFile {self.folder}/server.key
KeepAlive {keep_alive}
ProxyPass /AdminService {backend}/AdminService
RequestHeader unset Authorization
<Location /AdminService>
AuthType GSSAPI
AuthName site
GssapiSSLonly On
{allowed}
{more}
GssapiConnectionBound On
Require valid-user
</Location>
</VirtualHost>
"""

    def down(self):
        for child in reversed(self.children):
            child.terminate()
        for child in self.children:
            child.wait()

    def kinit(self, cache, *options):
        env = dict(self.env, KRB5CCNAME=cache)
        subprocess.run(["kinit", *options, f"{USER}@{REALM}"], env=env, input=PASSWORD + "\n", text=True, check=True,
                       capture_output=True)

    def requests(self, door):
        with open(f"{self.folder}/access.log", encoding="utf-8") as log:
            return sum(line.startswith(f"{self.ports[door]} ") for line in log)

    def refused_passwords(self):
        with open(f"{self.folder}/kdc.log", encoding="utf-8") as log:
            return sum("PREAUTH_FAILED" in line for line in log)


class Try:
    """One connection of `asw` to the site behind one of Apache's doors."""

    count = 0

    def __init__(self, bed, door, account=None, password=PASSWORD, **env):
        Try.count += 1
        self.bed, self.env = bed, dict(bed.env, **env)
        self.data = f"{bed.folder}/data{Try.count}"
        self.secrets = {"client_secret": next(a["secret"] for a in bed.lab["apps"] if a["label"] == "ready")}
        sign_in = 'sign_in = "current-user"'
        if account:
            self.secrets["site_password"] = password
            sign_in = f"sign_in = \"account\"\naccount = '{account}'"
        with open(bed.lab["setup_files"]["ready"], encoding="utf-8") as file:
            setup = file.read()
        setup = re.sub(r"^provider = .*", f'provider = "localhost:{bed.ports[door]}"', setup, flags=re.M)
        setup = re.sub(r"^sign_in = .*", lambda _: sign_in, setup, flags=re.M)
        setup = re.sub(r"^trust = .*", f'trust = "pem:{bed.folder}/ca.pem"', setup, flags=re.M)
        self.name = f"try {Try.count}"
        setup = re.sub(r"^name = .*", f'name = "{self.name}"', setup, flags=re.M)
        self.file = f"{self.data}.toml"
        write(self.file, setup)

    def run(self, *command):
        command = [self.bed.asw, "--data-dir", self.data, "--json", "--secrets-in-memory", "--secrets-stdin", *command]
        done = subprocess.run(command, env=self.env, input=json.dumps(self.secrets) + "\n", text=True, capture_output=True)
        if PASSWORD in done.stdout + done.stderr:
            raise SystemExit("the password stands in the output")
        return done.returncode, json.loads(done.stdout)

    def plan(self):
        """Exit code and, of the check of the site, the code of its problem (None where it passed)."""
        code, answer = self.run("connect", "--plan", "--file", self.file)
        checks = answer.get("checks") or answer["error"]["details"].get("checks") or []
        site = [check for check in checks if check["check"] == "site"]
        return code, None if site and site[0]["passed"] else answer


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


class Checks:
    def __init__(self, bed):
        self.bed, self.failed = bed, 0

    def expect(self, what, found, wanted):
        good = found == wanted
        self.failed += not good
        print(f"{'ok    ' if good else 'FAILED'} {what}" + ("" if good else f": {found}, not {wanted}"), flush=True)

    def fails(self, what, attempt, exit_code, words):
        """The command ends with this exit code, and with these words in its sentence."""
        code, answer = attempt.run("connect", "--plan", "--file", attempt.file)
        said = json.dumps(answer.get("error") or answer, ensure_ascii=False)
        self.expect(what, (code, words if words in said else said[:400]), (exit_code, words))

    def all(self):
        bed = self.bed
        tickets = bed.env["KRB5CCNAME"]
        bed.kinit(tickets)
        upn, dns, netbios = f"{USER}@corp.test", f"corp.test\\{USER}", f"CORP\\{USER}"

        for door in ["kerberos", "both", "closing"]:
            self.expect(f"a ticket, door {door}", Try(bed, door).plan(), (0, None))
            self.expect(f"{upn}, door {door}", Try(bed, door, upn).plan(), (0, None))
        self.expect(f"{dns}, door both", Try(bed, "both", dns).plan(), (0, None))
        for door in ["ntlm", "both"]:
            self.expect(f"{netbios}, door {door}", Try(bed, door, netbios).plan(), (0, None))
        self.fails("a ticket where only NTLM is taken", Try(bed, "ntlm"), 4, "refused the Kerberos ticket")
        self.fails("NTLM where only Kerberos is taken", Try(bed, "kerberos", netbios), 4, "does not take a sign-in of")

        refused, requests = bed.refused_passwords(), bed.requests("kerberos")
        self.fails("a wrong password", Try(bed, "kerberos", upn, "wrong"), 4, "or its password")
        self.expect("  is tried once at the domain controller", bed.refused_passwords() - refused, 1)
        self.expect("  and never at the site", bed.requests("kerberos") - requests, 1)
        requests = bed.requests("ntlm")
        self.fails("a wrong password with NTLM", Try(bed, "ntlm", netbios, "wrong"), 4, "or its password")
        self.expect("  is tried once", bed.requests("ntlm") - requests, 3)

        self.fails("no ticket", Try(bed, "kerberos", KRB5CCNAME=f"FILE:{bed.folder}/none"), 4, "has none")
        short = f"FILE:{bed.folder}/short"
        bed.kinit(short, "-l", "2s")
        until("the ticket to expire", lambda: subprocess.run(["klist", "-s"], env=dict(bed.env, KRB5CCNAME=short)).returncode)
        self.fails("an expired ticket", Try(bed, "kerberos", KRB5CCNAME=short), 4, "has expired")

        away = f"{bed.folder}/away.conf"
        with open(f"{bed.folder}/krb5.conf", encoding="utf-8") as file:
            write(away, file.read().replace(f":{bed.kdc_port}", f":{free_port()}"))
        fresh = f"FILE:{bed.folder}/fresh"
        bed.kinit(fresh)
        self.fails("the domain controller away, a typed account", Try(bed, "kerberos", upn, KRB5_CONFIG=away), 5, "No domain controller")
        self.fails("the domain controller away, a ticket", Try(bed, "kerberos", KRB5_CONFIG=away, KRB5CCNAME=fresh), 5,
                   "No domain controller")

        self.publishes("with a ticket", Try(bed, "kerberos"))
        self.publishes(f"with {upn}", Try(bed, "kerberos", upn))
        if self.failed:
            raise SystemExit(f"{self.failed} failed")

    def publishes(self, what, attempt):
        """Connects, publishes, and finds in the workspace what the lab says is true."""
        code, answer = attempt.run("connect", "--file", attempt.file)
        self.expect(f"connect {what}", (code, None if code == 0 else answer), (0, None))
        if code:
            return
        code, answer = attempt.run("sync", attempt.name)
        self.expect("  sync", (code, None if code == 0 else answer), (0, None))
        _, answer = attempt.run("groups", attempt.name, "--members")
        found = {group["collection_id"]: sorted(map(str.lower, group["computers"])) for group in answer["groups"]}
        with urllib.request.urlopen(f"{self.bed.lab['control']}/truth") as reply:
            true = {c["id"]: sorted(map(str.lower, c["computers"])) for c in json.load(reply)["collections"]}
        self.expect(f"  its {len(found)} groups are true", found, {name: true.get(name) for name in found})
        self.expect("  and there are some", any(found.values()), True)
        attempt.run("remove", attempt.name, "--yes")


main()
