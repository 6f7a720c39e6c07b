"""What the tests of signing in run against: a domain controller, Apache, and a front that insists on the channel binding."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time

PACKAGES = {  # what must be there, and the package that brings it
    "/usr/sbin/krb5kdc": "krb5-kdc",
    "/usr/sbin/kadmin.local": "krb5-admin-server",
    "/usr/bin/kinit": "krb5-user",
    "/usr/sbin/apache2": "apache2",
    "/usr/lib/apache2/modules/mod_auth_gssapi.so": "libapache2-mod-auth-gssapi",
    "/usr/lib/x86_64-linux-gnu/gssntlmssp/gssntlmssp.so": "gss-ntlmssp",
    "/usr/lib/python3/dist-packages/gssapi/__init__.py": "python3-gssapi",
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
    """The domain controller, the lab, and the doors before its site: each a port, and a way of asking who one is.

    | door | takes | asks |
    | --- | --- | --- |
    | kerberos, ntlm, both | what its name says | once a connection |
    | closing | Kerberos and NTLM, and closes the connection behind every answer | |
    | asking | Kerberos | at every request |
    | strict, each | Kerberos and NTLM, with the binding of the channel only | once a connection, at every request |
    | apart | as strict, behind something that takes TLS apart | |
    """

    def __init__(self, asw, folder):
        self.asw, self.folder = asw, folder
        self.children, self.ports = [], {}
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
        self.lab = self.lab_up(400, 12)
        self.kdc_up()
        self.certificates()
        self.apache_up()
        self.strict_up("strict", self.lab)
        self.strict_up("each", self.lab, "--each-request")
        self.serve("apart", "relay.py", f"{self.folder}/other.pem", f"{self.folder}/server.key", str(self.ports["strict"]))

    def lab_up(self, devices, collections):
        lab = self.start(self.asw, "--json", "lab", "--no-site-auth", "--devices", str(devices), "--collections",
                         str(collections), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return json.loads(lab.stdout.readline())

    def strict_up(self, door, lab, *options):
        f = self.folder
        self.serve(door, "strict.py", f"{f}/server.pem", f"{f}/server.key", lab["site"]["url"], f"{f}/{door}.log", options=options)

    def serve(self, door, script, *arguments, options=()):
        """Debian's Python, because the packages are its."""
        port = self.ports[door] = free_port()
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), script)
        self.start("/usr/bin/python3", script, *options, str(port), *arguments)
        until(f"the door {door}", lambda: answers(port))

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
        for name in [USER, f"{USER}\\@corp.test", "locked\\@corp.test"]:
            self.kadmin(f"addprinc -pw {PASSWORD} {name}")
        self.kadmin("modprinc -allow_tix locked\\@corp.test")
        self.kadmin("addprinc -randkey HTTP/localhost")
        self.kadmin(f"ktadd -k {f}/http.keytab HTTP/localhost")
        shutil.chown(f"{f}/http.keytab", "www-data")
        self.start("krb5kdc", "-n", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("the domain controller", lambda: answers(port))
        self.kdc_port = port

    def kadmin(self, query):
        self.run("kadmin.local", "-r", REALM, "-q", query)

    def certificates(self):
        f = self.folder
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-sha256", "-subj", "/CN=Test root",
                 "-addext", "basicConstraints=critical,CA:true", "-keyout", f"{f}/ca.key", "-out", f"{f}/ca.pem")
        self.run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", f"{f}/server.key",
                 "-out", f"{f}/server.csr")
        write(f"{f}/server.ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        for name in ["server", "other"]:
            self.run("openssl", "x509", "-req", "-in", f"{f}/server.csr", "-CA", f"{f}/ca.pem", "-CAkey", f"{f}/ca.key",
                     "-CAcreateserial", "-days", "2", "-sha256", "-out", f"{f}/{name}.pem", "-extfile", f"{f}/server.ext")

    def apache_up(self):
        f = self.folder
        # gss-ntlmssp takes the first domain that differs in case only, and then computes with that one.
        users = "".join(f"{domain}:{USER}:{PASSWORD}\n" for domain in ["CORP", REALM.lower()])
        write(f"{f}/ntlm.users", users)
        shutil.chown(f"{f}/ntlm.users", "www-data")
        os.chmod(f"{f}/ntlm.users", 0o600)
        doors = ["kerberos", "ntlm", "both", "closing", "asking"]
        self.ports.update((door, free_port()) for door in doors)
        hosts = "".join([
            # The keytab in the configuration keeps NTLM out, the keytab in the environment lets both in.
            self.host("kerberos", "krb5", more=f"GssapiCredStore keytab:{f}/http.keytab"),
            self.host("ntlm", "ntlmssp"),
            self.host("both", "krb5 ntlmssp"),
            self.host("closing", "krb5 ntlmssp", keep_alive="Off"),
            self.host("asking", "krb5", more=f"GssapiCredStore keytab:{f}/http.keytab", bound="Off"),
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
CustomLog {f}/access.log "%{{local}}p %>s %u"
{hosts}""")
        self.env.update(NTLM_USER_FILE=f"{f}/ntlm.users", NETBIOS_DOMAIN_NAME="CORP", LM_COMPAT_LEVEL="5",
                        KRB5_KTNAME=f"{f}/http.keytab")
        self.start("apache2", "-f", f"{f}/httpd.conf", "-D", "FOREGROUND")
        for door in doors:
            until(f"the door {door}", lambda: answers(self.ports[door]))

    def host(self, name, mechanisms, keep_alive="On", bound="On", more=""):
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
GssapiConnectionBound {bound}
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

    def answered(self, door):
        """Status and user of each answer so far."""
        if os.path.exists(f"{self.folder}/{door}.log"):
            return [(line["status"], line["user"] or "-") for line in self.strict_log(door)]
        lines = [line.split() for line in self.log("access").splitlines()]
        return [(int(status), user) for port, status, user in lines if int(port) == self.ports[door]]

    def strict_log(self, door):
        return [json.loads(line) for line in self.log(door).splitlines()]

    def questions(self):
        """How often the domain controller was asked so far, for a ticket of either kind."""
        return self.log("kdc").count("_REQ (")

    def log(self, name):
        with open(f"{self.folder}/{name}.log", encoding="utf-8") as log:
            return log.read()
