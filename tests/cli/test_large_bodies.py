"""Bodies larger than the depot takes, from the clients people have: each reads why it was refused."""

import http.client
import json
import ssl
import subprocess
import unittest

from running_depot import DepotFolder

BODY = b"x" * (8 << 20)  # more than the buffers of two sockets hold


class LargeBodies(unittest.TestCase):
    def setUp(self):
        self.room = DepotFolder()
        self.addCleanup(self.room.stop)
        self.room.start()
        with open(self.room.data + "/run/ports.json") as file:
            self.port = json.load(file)["https"]
        self.ca = self.room.data + "/run/ca.pem"

    def check(self, status, body):
        problem = json.loads(body)
        self.assertEqual((status, problem["status"], problem["code"]), (413, 413, "E-INPUT-01"))
        self.assertTrue(problem["next_action"])

    def test_python(self):
        context = ssl.create_default_context(cafile=self.ca)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=30)
        self.addCleanup(connection.close)
        connection.request("POST", "/api/v1/session", BODY, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        self.check(answer.status, answer.read())

    def curl(self, *options):
        done = subprocess.run(["curl", "--silent", "--show-error", "--cacert", self.ca, "--data-binary", "@-", "--write-out", "\n%{http_code} %{size_upload}",
                               "--header", "Content-Type: application/json", *options, f"https://127.0.0.1:{self.port}/api/v1/session"],
                              input=BODY, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        body, status = done.stdout.decode().rsplit("\n", 1)
        status, sent = status.split()
        self.check(int(status), body)
        return int(sent)

    def test_curl(self):
        self.curl("--header", "Expect:")

    def test_curl_in_chunks(self):
        self.curl("--header", "Expect:", "--header", "Transfer-Encoding: chunked")

    def test_curl_that_asks_first_sends_nothing(self):
        self.assertEqual(self.curl("--http1.1", "--header", "Expect: 100-continue", "--expect100-timeout", "30"), 0)


if __name__ == "__main__":
    unittest.main()
