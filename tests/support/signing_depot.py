"""A depot that signs whatever permit a test wants: what a real depot never would. Speaks the agent's half of
web/API.md as far as the permit, with the TLS key and the signing key of a real depot's folder."""

import base64
import hashlib
import http.server
import json
import os
import re
import ssl
import subprocess
import tempfile
import threading
import time

DAY_MS = 86_400_000


def new_signing_key(path):
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True)
    return path


def sign(key_path, message):
    """Ed25519; openssl wants the message in a file."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(message)
        file.flush()
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key_path, "-rawin", "-in", file.name],
                              check=True, capture_output=True).stdout


def spki_sha256(certificate):
    """What agents pin."""
    pem = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, check=True, capture_output=True).stdout
    return hashlib.sha256(der).hexdigest()


def public_key(key_path):
    der = subprocess.run(["openssl", "pkey", "-in", key_path, "-pubout", "-outform", "DER"], check=True, capture_output=True)
    return der.stdout[-32:]  # RFC 8410: the raw key stands at the end


def seal(key_path, purpose, payload):
    """An envelope as in imaging/FORMAT.md."""
    return {"v": 1, "purpose": purpose, "key": hashlib.sha256(public_key(key_path)).hexdigest()[:16],
            "payload": base64.b64encode(payload).decode(),
            "sig": base64.b64encode(sign(key_path, f"resus:{purpose}\n".encode() + payload)).decode()}


def image_root(data, image_id):
    """The root that the image's signed manifest names."""
    with open(os.path.join(data, "store", "images", image_id, "manifest.json")) as file:
        return json.loads(base64.b64decode(json.load(file)["payload"]))["root"]


class SigningDepot:
    """`subject` holds what a right permit would name: disk_serial, disk_bytes, evidence_id, evidence_root, image_id,
    image_root. `now_ms` is the machine's clock. offer() hands out one permit and returns what the agent says to it."""

    def __init__(self, data, listener, machine_id, attempt, subject, now_ms=None):
        self.data, self.machine_id, self.attempt, self.subject = data, machine_id, attempt, subject
        self.now_ms = now_ms or int(time.time() * 1000)
        self.key = os.path.join(data, "store", "keys", "signing.pem")
        self.enrolled, self.asked = None, []  # what the agent said of itself, and the paths it asked for
        self._changed = threading.Condition()
        self._task_id, self._permit, self._trouble, self._number, self._ended = "", None, None, 0, False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(data, "keys", "server.pem"), os.path.join(data, "keys", "server.key"))
        self.port = listener.getsockname()[1]
        self._server = http.server.ThreadingHTTPServer(listener.getsockname()[:2], _handler(self), bind_and_activate=False)
        self._server.daemon_threads = True
        self._server.socket.close()
        self._server.socket = context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def right_permit(self):
        """Every field as the machine itself would have it."""
        return {"v": 1, "permit_id": "pm-test", "machine_id": self.machine_id, "boot_id": self.enrolled["boot_id"], **self.subject,
                "issued_at_ms": self.now_ms, "expires_at_ms": self.now_ms + DAY_MS}

    def wait_for_agent(self, timeout_s=60):
        with self._changed:
            if not self._changed.wait_for(lambda: self.enrolled, timeout_s):
                raise AssertionError(f"no agent enrolled; it asked {self.asked}")

    def give(self, envelope):
        """Sets the permit and lets the agent begin to write."""
        with self._changed:
            self._number += 1
            self._permit, self._trouble, self._task_id = envelope, None, f"task-{self._number}"
            self._changed.notify_all()

    def offer(self, changes, key=None, purpose="permit", timeout_s=90):
        """A permit that is right but for `changes`, or signed by another key. Returns the agent's trouble."""
        payload = json.dumps({**self.right_permit(), **changes}).encode()
        self.give(seal(key or self.key, purpose, payload))
        return self.trouble(timeout_s)

    def trouble(self, timeout_s=90):
        with self._changed:
            if not self._changed.wait_for(lambda: self._trouble, timeout_s):
                raise AssertionError(f"the agent did not refuse; it asked {self.asked[-20:]}")
            return self._trouble

    def wait_for_question(self, pattern, timeout_s=60):
        """Until the agent asks for a path that matches."""
        with self._changed:
            if not self._changed.wait_for(lambda: any(re.search(pattern, path) for path in self.asked), timeout_s):
                raise AssertionError(f"nobody asked for {pattern}; asked was {self.asked[-20:]}")

    def answer(self, method, path, query, body):
        """(status, body) for one request of the agent."""
        with self._changed:
            self.asked.append(path)
            self._changed.notify_all()
        if path == "enrol":
            return self._enrolled(json.loads(body))
        if self.enrolled is None:
            return _problem(401, "E-AUTH-03", "enrol first")
        if path == "task":
            return self._task(query)
        if path == "permit":
            return 200, json.dumps(self._permit)
        if path == "trouble":
            with self._changed:
                self._trouble = json.loads(body)
                self._changed.notify_all()
            return 204, ""
        if path == "progress":
            return 200, '{"cancel":false}'
        if path == "log":
            return 204, ""
        if path == f"images/{self.subject['image_id']}/manifest":
            with open(os.path.join(self.data, "store", "images", self.subject["image_id"], "manifest.json")) as file:
                return 200, file.read()
        return _problem(404, "E-FOUND-01", path)

    def _enrolled(self, request):
        with self._changed:
            self.enrolled = request
            self._changed.notify_all()
        return 200, json.dumps({"machine_id": self.machine_id, "short_code": "", "slot": "T01", "heartbeat_s": 5})

    def _task(self, query):
        wait = int((re.search(r"wait=(\d+)", query) or [0, 0])[1])
        seen = (re.search(r"seen=([^&]*)", query) or ["", ""])[1]
        with self._changed:
            self._changed.wait_for(lambda: self._ended or (self._task_id and self._task_id != seen), min(wait, 20))
            task = "deploy" if self._task_id else "wait"
            return 200, json.dumps({
                "task_id": self._task_id or "none", "attempt": self.attempt, "phase": "imaging", "condition": "ok", "code": "", "task": task,
                "sentence": "Writing the golden image.", "slot": "T01", "locate": False,
                "disk": {"path": "", "serial": self.subject["disk_serial"], "size_bytes": self.subject["disk_bytes"]},
                "image_id": self.subject["image_id"], "evidence_id": self.subject["evidence_id"],
                "evidence_root": self.subject["evidence_root"], "md5_sha1": False})


def _problem(status, code, detail):
    return status, json.dumps({"type": f"/help/{code}", "title": "", "status": status, "code": code, "detail": detail,
                               "safe": "", "next_action": ""})


def _handler(depot):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, text = depot.answer(self.command, path.removeprefix("/agent/v1/"), query, body)
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if status < 300 else "application/problem+json")
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    return Handler
