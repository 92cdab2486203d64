"""Somebody on the same cable who speaks the agent's protocol with a key of its own."""

import http.client
import json
import ssl

from .processes import run


class Stranger:
    def __init__(self, room, port):
        self.room, self.port = room, port
        certificate, key = room.path("stranger.pem"), room.path("stranger.key")
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=agent",
            "-days", "2", "-keyout", key, "-out", certificate)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE  # it trusts whatever answers
        self.context.load_cert_chain(certificate, key)

    def ask(self, method, path, body=None):
        """(status, code) of the answer; the code is empty when it is no problem."""
        connection = http.client.HTTPConnection("depot", timeout=30)
        connection.sock = self.context.wrap_socket(self.room.connect(self.port))
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, "/agent/v1/" + path, body=json.dumps(body) if body else None, headers=headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text).get("code", "") if answer.status >= 300 else ""

    def enrol_as(self, details):
        """Says it is the machine the operators' API shows as `details`."""
        return self.ask("POST", "enrol", {
            "boot_id": "5" * 32, "ticket": "", "identity": details["identity"], "disks": details["disks"], "build": "stranger",
            "status_url": "", "time": "2026-11-20T00:00:00.000Z"})
