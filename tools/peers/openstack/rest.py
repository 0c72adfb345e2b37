# SPDX-License-Identifier: Apache-2.0
"""rest.py: just enough of a client to prepare the peer; the command line clients take a second for each call."""
import json
import time
import urllib.error
import urllib.request

TRIES = 15


class Cloud:
    """Signs in; then asks Keystone (a path) or any service (a URL)."""

    def __init__(self, auth_url, user, password, project):
        self.auth_url, self.token = auth_url, None
        identity = {"methods": ["password"], "password": {"user": {"name": user, "domain": {"id": "default"}, "password": password}}}
        scope = {"project": {"name": project, "domain": {"id": "default"}}}
        reply, headers = self.ask("POST", "/auth/tokens", {"auth": {"identity": identity, "scope": scope}})
        self.token = headers["X-Subject-Token"]
        self.project = reply["token"]["project"]["id"]
        self.endpoints = {entry["type"]: entry["endpoints"][0]["url"] for entry in reply["token"]["catalog"] if entry["endpoints"]}

    def ask(self, method, where, body=None, raw=None):
        """A 503 is a service that could not reach Keystone yet: nothing was done, and it is asked again."""
        url = where if where.startswith("http") else self.auth_url + where
        request = urllib.request.Request(url, method=method)
        if self.token:
            request.add_header("X-Auth-Token", self.token)
        request.add_header("Content-Type", "application/json" if raw is None else "application/octet-stream")
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        for tries_left in range(TRIES - 1, -1, -1):
            try:
                with urllib.request.urlopen(request, data, timeout=300) as reply:
                    text = reply.read()
                    return (json.loads(text) if text else {}), reply.headers
            except urllib.error.HTTPError as error:
                if error.code != 503 or tries_left == 0:
                    raise SystemExit(f"{method} {url}: {error.code} {error.read().decode(errors='replace')[:500]}") from error
            time.sleep(2)

    def get(self, where):
        return self.ask("GET", where)[0]

    def post(self, where, body):
        return self.ask("POST", where, body)[0]

    def put(self, where, body=None):
        return self.ask("PUT", where, body)[0]
