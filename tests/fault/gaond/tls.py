# SPDX-License-Identifier: Apache-2.0
"""tls.py: gaond under TLS and mutual TLS with the gaon command as its client; a certificate is renewed while it serves.
usage: tls.py BUILD-FOLDER"""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond
from report import check, done, equal, skip, step, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))


class Command:
    """The gaon command with a configuration of its own."""

    def __init__(self, gaond):
        self.gaond = gaond
        self.environment = {**os.environ, "GAON_CONFIG": gaond.path("config"), "HOME": gaond.folder}

    def __call__(self, *words):
        return subprocess.run([self.gaond.build + "/client/cli/gaon", "--address", self.gaond.address, *words],
                              env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def works(self, words, *arguments):
        run = self(*arguments)
        check(run.returncode == 0, "%s: %s%s" % (words, run.stdout, run.stderr))
        return run.stdout

    def fails(self, words, *arguments):
        run = self("--timeout", "3s", *arguments)
        check(run.returncode != 0, "%s: %s%s" % (words, run.stdout, run.stderr))
        check("cannot be reached" in run.stderr or "in time" in run.stderr, "it says what is wrong: " + run.stderr)


def certificates(folder):
    if shutil.which("openssl") is None:
        skip("openssl", "its command is not installed")
    os.mkdir(folder)
    subprocess.run(["sh", os.path.join(HERE, "../../rpc/server/certificates.sh"), folder], check=True)


def replace(folder, name):
    """As certbot and its like do: beside the file, then in its place; the key first."""
    for kind in ("key", "pem"):
        shutil.copy(os.path.join(folder, name + "." + kind), os.path.join(folder, "new"))
        os.replace(os.path.join(folder, "new"), os.path.join(folder, "serving." + kind))


def main():
    gaond = Gaond(sys.argv[1])
    folder = gaond.path("certificates")
    certificates(folder)
    replace(folder, "server")

    def pem(name):
        return os.path.join(folder, name)
    tls = ["--tls.certificate", pem("serving.pem"), "--tls.key", pem("serving.key"), "--tls.reload", "1s"]
    gaond.settings += tls
    with gaond:
        gaon = Command(gaond)
        step("TLS")
        gaon.works("the first administrator is made", "--ca", pem("ca.pem"), "bootstrap", "--token", gaond.token, "--tenant-id",
                   "gaon", "--user-id", "hong", "--save-as", "house")
        check("hong" in gaon.works("with the saved context", "whoami"), "the server knows who calls")
        gaon.fails("another authority is not believed", "--ca", pem("rogue-ca.pem"), "whoami")
        cleartext = Command(gaond)
        cleartext.environment["GAON_CONFIG"] = gaond.path("nothing")
        cleartext.fails("cleartext gets nowhere", "health")

        step("a renewed certificate")
        replace(folder, "renewed")
        wait_for(lambda: gaon("--timeout", "3s", "--ca", pem("other-ca.pem"), "whoami").returncode == 0,
                 "the new certificate is used", 30, 0.3)
        gaon.fails("the old one is gone", "--ca", pem("ca.pem"), "whoami")
        gaond.stop()

        step("mutual TLS")
        replace(folder, "server")
        gaond.settings += ["--tls.client_ca", pem("ca.pem"), "--tls.require_client", "true"]
        gaond.start()
        gaon.fails("without a certificate nothing is served", "whoami")
        gaon.works("one is put into the context", "context", "set", "--certificate", pem("client.pem"), "--key", pem("client.key"))
        check("hong" in gaon.works("with it, the server answers", "whoami"), "and the key says who calls")
        gaon.works("a rogue one is put into the context", "context", "set", "--certificate", pem("rogue.pem"), "--key", pem("rogue.key"))
        gaon.fails("a certificate of another authority is refused", "whoami")
        gaond.stop()

        step("files that are not there")
        gaond.settings += ["--tls.client_ca", pem("nobody.pem")]
        gaond.start(wait=False)
        equal(gaond.process.wait(20), 2, "a missing file is a wrong setting")
        check("nobody.pem" in gaond.tail(), "and is named: " + gaond.tail())
    done()


if __name__ == "__main__":
    main()
