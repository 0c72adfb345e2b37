#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""oidc_test.py: tokens of a real OpenID provider at gaond's gate: discovery, two algorithms, turned keys, an issuer that is down.
usage: oidc_test.py BUILD-FOLDER"""
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../support/python"))
from gaond import Gaond, World, refused
from report import check, done, equal, skip, step, wait_for
from stubs import Refused

AUDIENCE = "https://gaon.example/api"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Provider:
    """The peer: started, stopped, started again with new keys."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.issuer = "http://127.0.0.1:%d" % self.port

    def start(self):
        command = os.path.join(HERE, "../../../tools/peers/openid-provider")
        self.process = subprocess.Popen([command, self.folder, str(self.port)], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        while line and not line.startswith("serving "):
            line = self.process.stdout.readline()
        if not line:
            if self.process.wait() == 77:
                skip("openid-provider", "node, npm or the npm registry is not there")
            raise SystemExit("the OpenID provider ended with %d" % self.process.returncode)
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def token(self, client, resource=AUDIENCE):
        request = urllib.request.Request(self.issuer + "/token", urllib.parse.urlencode(
            {"grant_type": "client_credentials", "resource": resource}).encode())
        request.add_header("authorization", "Basic " + base64.b64encode((client + ":gaon-secret").encode()).decode())
        return json.load(urllib.request.urlopen(request, timeout=10))["access_token"]


def who(gaond, token):
    """WhoAmI with the token; the first call after a change of keys may have to come back."""
    client = gaond.client(token)
    for attempt in range(50):
        try:
            return client.iam.WhoAmI()
        except Refused as refusal:
            if refusal.reason != "JWKS_PENDING":
                raise
            check(refusal.code == "UNAVAILABLE" and refusal.retry is not None, "JWKS_PENDING says when to come back")
            time.sleep(0.1)
    raise AssertionError("the keys never came")


def trust(world, provider):
    step(" 1. the tenant trusts the issuer; its keys are found by discovery")
    trusted = world.hong.iam.CreateIdentityProvider(parent=world.tenant, identity_provider_id="corp", identity_provider=dict(
        issuer=provider.issuer, audience=AUDIENCE)).name
    for user, subject in (("rosa", "gaon-rs"), ("edna", "gaon-es")):
        world.hong.iam.CreateUser(parent=world.tenant, user_id=user, user=dict(identity_provider=trusted, subject=subject))
    return trusted


def come_in(gaond, world, provider):
    step(" 2. tokens signed with RS256 and ES256 come in")
    for user, client in (("rosa", "gaon-rs"), ("edna", "gaon-es")):
        me = who(gaond, provider.token(client))
        equal(me.principal, world.tenant + "/users/" + user, "the subject names the user")
        equal(me.authentication_method, "oidc", "how it proved that")
    rosa = gaond.client(provider.token("gaon-rs"))
    refused("NOT_FOUND", "PROJECT_NOT_FOUND", lambda: rosa.iam.GetProject(name=world.project))
    world.bind(world.project, {world.tenant + "/users/rosa": "roles/viewer"})
    equal(rosa.iam.GetProject(name=world.project).name, world.project, "a binding counts at once")


def stay_out(gaond, provider):
    step(" 3. what is not exactly such a token stays out")
    good = provider.token("gaon-rs")
    head, claims, signature = good.split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed["sub"] = "gaon-es"
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    nothing = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for token in (".".join((head, forged, signature)), ".".join((nothing, claims, "")), ".".join((head, claims, "")),
                  provider.token("gaon-rs", "https://other.example/api")):
        refused("UNAUTHENTICATED", "CREDENTIAL_INVALID", lambda: gaond.client(token).iam.WhoAmI())


def turn_keys(gaond, world, provider):
    step(" 4. while the issuer is down its tokens still count; with new keys, the new ones do")
    old = provider.token("gaon-rs")
    provider.stop()
    equal(gaond.client(old).iam.WhoAmI().principal, world.tenant + "/users/rosa", "a token counts while its issuer is down")
    provider.start()
    new = provider.token("gaon-rs")
    # An unknown key is asked for at most once in half a minute, so that nobody can make us hammer the issuer.
    def counts():
        try:
            return who(gaond, new).principal
        except Refused as refusal:
            equal(refusal.reason, "CREDENTIAL_INVALID", "an unknown key is no key")
            return None
    equal(wait_for(counts, "the turned keys are fetched", 45, 1), world.tenant + "/users/rosa", "the new key's token")
    return new


def end_trust(gaond, world, trusted, token):
    step(" 5. without the identity provider its tokens are nothing")
    world.hong.iam.DeleteIdentityProvider(name=trusted)
    refused("UNAUTHENTICATED", "CREDENTIAL_INVALID", lambda: gaond.client(token).iam.WhoAmI())
    world.verify_audit()


def main():
    build = os.path.realpath(sys.argv[1])
    provider = Provider(os.path.join(build, "openid-provider")).start()
    try:
        with Gaond(build) as gaond:
            world = World(gaond)
            trusted = trust(world, provider)
            come_in(gaond, world, provider)
            stay_out(gaond, provider)
            token = turn_keys(gaond, world, provider)
            end_trust(gaond, world, trusted, token)
    finally:
        provider.stop()
    done()


main()
