"""A real RFC 3161 authority for tests: `openssl ts` behind a small HTTP server on loopback, which can also misbehave."""

import http.server
import os
import ssl
import subprocess
import threading

CONFIG = """
[tsa]
default_tsa = this
[this]
serial = {folder}/serial
signer_cert = {folder}/tsa.crt
certs = {folder}/ca.crt
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
"""


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout


class Authority:
    """A CA and a certificate for time stamping under `folder`."""

    def __init__(self, folder, name="Test Authority"):
        self.folder = folder
        os.makedirs(folder)
        self.ca = self.path("ca.crt")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", f"/CN={name} CA",
                "-keyout", self.path("ca.key"), "-out", self.ca)
        self.certificate("tsa", f"/CN={name}", "extendedKeyUsage=critical,timeStamping")
        with open(self.path("serial"), "w") as file:
            file.write("01")
        with open(self.path("tsa.cnf"), "w") as file:
            file.write(CONFIG.format(folder=folder))

    def path(self, name):
        return os.path.join(self.folder, name)

    def certificate(self, name, subject, extension):
        request = openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", self.path(name + ".key"))
        with open(self.path(name + ".ext"), "w") as file:
            file.write(extension + "\n")
        openssl("x509", "-req", "-days", "20", "-CA", self.ca, "-CAkey", self.path("ca.key"), "-CAcreateserial",
                "-extfile", self.path(name + ".ext"), "-out", self.path(name + ".crt"), data=request)

    def reply(self, query):
        with open(self.path("query.tsq"), "wb") as file:
            file.write(query)
        return openssl("ts", "-reply", "-config", self.path("tsa.cnf"), "-queryfile", self.path("query.tsq"))

    def query_like(self, query, digest=None):
        """A query of our own: the same imprint, or another one, with another nonce."""
        with open(self.path("other.tsq"), "wb") as file:
            file.write(query)
        if digest is None:
            text = openssl("ts", "-query", "-in", self.path("other.tsq"), "-text").decode()
            lines = [line.split("-", 1)[1] for line in text.splitlines() if line.startswith("    0")]
            digest = "".join(line.strip()[:49].replace("-", "").replace(" ", "")[:32] for line in lines)
        return openssl("ts", "-query", "-digest", digest, "-sha256", "-cert")


class Server:
    """Answers with `behaviour(query) -> bytes`. It listens only after up()."""

    def __init__(self, behaviour, certificate=None):
        outer = self
        self.behaviour = behaviour
        self.asked = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked += 1
                answer = outer.behaviour(query)
                self.send_response(200 if answer is not None else 503)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer or b"")))
                self.end_headers()
                self.wfile.write(answer or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.server.server_bind()  # the port is ours, and refuses whoever connects
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server.server_port}/tsr"
        self.thread = None

    def up(self):
        self.server.server_activate()
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def down(self):
        if self.thread:
            self.server.shutdown()
            self.thread.join()
        self.server.server_close()
