#!/usr/bin/python3
"""A front before the lab's site that insists on the channel binding, as a server of Windows does whose Extended Protection is
"Required". Apache's module never looks at bindings.

    strict.py [--each-request] PORT CERTIFICATE KEY BACKEND LOG

MIT Kerberos and gss-ntlmssp check the tokens; this file carries them over HTTP, and passes what is signed in on to BACKEND. With
--each-request a sign-in is good for one request. LOG gets a line of JSON for each request: the number of its connection, what kind
of token it brought, and what became of it. Serves on the loopback address until it is ended.
"""
import argparse
import base64
import hashlib
import http.client
import http.server
import itertools
import json
import ssl
import struct
import sys
import threading
import urllib.parse

import gssapi

NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
BOUND = 2048  # GSS_C_CHANNEL_BOUND_FLAG of MIT Kerberos: the other side sent a binding, and it was this one


class Refused(Exception):
    """The sign-in has failed."""


class Channel:
    """The binding of the certificate, in the forms that the two mechanisms have for it."""

    def __init__(self, certificate):
        with open(certificate, encoding="ascii") as file:
            der = ssl.PEM_cert_to_DER_cert(file.read())
        data = b"tls-server-end-point:" + hashlib.sha256(der).digest()
        self.bindings = gssapi.raw.ChannelBindings(application_data=data)
        # [MS-NLMP] 2.2.2.1, MsvAvChannelBindings: the MD5 of a gss_channel_bindings_struct.
        self.md5 = hashlib.md5(struct.pack("<4xI4xI", 0, 0) + struct.pack("<I", len(data)) + data).digest()


class Acceptor:
    """One sign-in. What the token is decides the mechanism; both come under the scheme `Negotiate`."""

    def __init__(self, channel, token):
        self.channel, self.is_ntlm = channel, token.startswith(b"NTLMSSP\0")
        mechanism = NTLM if self.is_ntlm else gssapi.MechType.kerberos
        self.context = gssapi.SecurityContext(
            creds=gssapi.Credentials(usage="accept", mechs=[mechanism]), usage="accept",
            channel_bindings=channel.bindings)

    def step(self, token):
        """The token to answer with, if any."""
        try:
            answer = self.context.step(token)
            # The library keeps some errors for the next question to the context, so that is asked in here too.
            unbound = self.context.complete and not self.is_bound(token)
        except gssapi.exceptions.GSSError as error:
            raise Refused(str(error)) from error
        if unbound:
            raise Refused("no binding of this channel")
        return answer

    def is_bound(self, token):
        # An absent binding is none of the libraries' business. That of NTLM stands in what its proof covers, so it is genuine.
        return self.channel.md5 in token if self.is_ntlm else bool(int(self.context.actual_flags) & BOUND)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def setup(self):
        super().setup()
        self.number = next(self.server.numbers)
        self.acceptor, self.user = None, None
        self.backend = http.client.HTTPConnection(self.server.backend, timeout=60)

    def do_GET(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        kind = "none"
        try:
            if not token and not self.user:
                return self.refuse(kind, "no token")
            if token:
                token = base64.b64decode(token)
                kind = f"ntlm {token[8]}" if token.startswith(b"NTLMSSP\0") else "kerberos"
                self.user = None
                if not self.acceptor or self.acceptor.context.complete:
                    self.acceptor = Acceptor(self.server.channel, token)
                answer = self.acceptor.step(token)
                challenge = f"{scheme} {base64.b64encode(answer or b'').decode()}".strip()
                if not self.acceptor.context.complete:
                    return self.answer(kind, 401, b"", challenge)
                self.user = str(self.acceptor.context.initiator_name)
                self.serve(kind, challenge if answer else None)
            else:
                self.serve(kind, None)
        except (Refused, ValueError, IndexError) as error:
            self.refuse(kind, str(error))

    def refuse(self, kind, why):
        self.acceptor, self.user = None, None
        self.answer(kind, 401, b"", "Negotiate", "NTLM", why=why)

    def serve(self, kind, proof):
        self.backend.request("GET", self.path, headers={"Accept": self.headers.get("Accept", "*/*")})
        reply = self.backend.getresponse()
        body = reply.read()
        self.answer(kind, reply.status, body, *[proof] if proof else [])
        if self.server.each_request:
            self.acceptor, self.user = None, None

    def answer(self, kind, status, body, *challenges, why=""):
        self.server.note(connection=self.number, token=kind, status=status, user=self.user, why=why)
        self.send_response(status)
        for challenge in challenges:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, options):
        self.numbers, self.each_request = itertools.count(), options.each_request
        self.channel, self.backend = Channel(options.certificate), urllib.parse.urlsplit(options.backend).netloc
        self.lock, self.log = threading.Lock(), open(options.log, "w", encoding="utf-8")
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(options.certificate, options.key)
        super().__init__(("127.0.0.1", options.port), Handler)

    def get_request(self):
        tcp, address = super().get_request()
        # The handshake waits for the connection's own thread, so that a silent client holds up nobody.
        return self.tls.wrap_socket(tcp, server_side=True, do_handshake_on_connect=False), address

    def note(self, **line):
        with self.lock:
            print(json.dumps(line), file=self.log, flush=True)

    def handle_error(self, request, client_address):
        # A client may hang up, which the tests do to see whether somebody listens.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--each-request", action="store_true")
    parser.add_argument("port", type=int)
    for name in ["certificate", "key", "backend", "log"]:
        parser.add_argument(name)
    Server(parser.parse_args()).serve_forever()


main()
