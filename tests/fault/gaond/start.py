# SPDX-License-Identifier: Apache-2.0
"""start.py: what gaond must not serve: another process's database, a damaged one, a newer one, no database at all, wrong settings.
Each ends with an exit code and one sentence that tells what to do; the file stays as it is.
usage: start.py BUILD-FOLDER"""
import os
import shutil
import socket
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../support/python"))
from gaond import Gaond, World
from report import check, done, equal, step
from stubs import pages


def content(path):
    with open(path, "rb") as file:
        return file.read()


def refuses(gaond, code, *words):
    """A start that must end by itself, with this exit code and these words on standard error."""
    said_before = os.path.getsize(gaond.log)
    gaond.start(wait=False)
    gaond.process.wait(20)
    with open(gaond.log, errors="replace") as log:
        log.seek(said_before)
        said = log.read()
    equal(gaond.process.returncode, code, "the exit code of: " + said)
    for word in words:
        check(word in said, "it says %r: %s" % (word, said))
    check("Sanitizer" not in said, "it goes without a leak: " + said)


def another_owner(gaond):
    step("a database that another gaond serves")
    second = Gaond(gaond.build, "--store.url", "sqlite:" + gaond.path("gaon.db"), "--store.busy", "200ms")
    open(second.log, "w").close()
    refuses(second, 1, "STORE_BUSY", "process %d" % gaond.process.pid)
    shutil.rmtree(second.folder)
    check(gaond.is_running(), "the first is not disturbed")


def unlike(gaond, change, code, *words):
    """The database as `change` leaves it is refused and not touched; then it is put back."""
    path = gaond.path("gaon.db")
    shutil.copy(path, path + ".whole")
    change(path)
    before = content(path)
    refuses(gaond, code, *words)
    check(content(path) == before, "the file is left as it was")
    os.replace(path + ".whole", path)


def overwrite(offset, data):
    def change(path):
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(data)
    return change


def sql(statement):
    def change(path):
        connection = sqlite3.connect(path)
        connection.execute(statement)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    return change


def text_file(path):
    with open(path, "w") as file:
        file.write("my holiday photographs\n" * 1000)


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def wrong_settings(gaond):
    step("wrong settings")
    kept = list(gaond.settings)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        for code, settings, words in (
                (2, ("--limit.streams", "0"), ("limit.streams",)),
                (2, ("--no.such", "1"), ("no.such",)),
                (2, ("--log.level", "loud"), ("log.level",)),
                (1, ("--store.url", "mysql:x"), ("STORE_DRIVER_MISSING",)),
                (2, ("--network.allow", "10.0.0.0/99"), ("network.allow",)),
                (1, ("--store.url", "sqlite:/nowhere/at/all/gaon.db"), ("STORE_PATH", "/nowhere/at/all")),
                (1, ("--server.address", address), (address,))):
            gaond.settings = kept + list(settings)
            refuses(gaond, code, *words)
    gaond.settings = kept


def main():
    with Gaond(sys.argv[1]) as gaond:
        world = World(gaond)
        another_owner(gaond)
        gaond.stop()
        step("a database of a newer release, a damaged one, none")
        unlike(gaond, sql("UPDATE schema_step SET number = 999 WHERE room = 'iam' AND number = 1"), 1, "STORE_NEWER", "newer release")
        unlike(gaond, sql("INSERT INTO schema_step (room, number, name, digest, applied_us) VALUES ('billing', 1, 'x', 'x', 0)"), 1,
               "STORE_NEWER", "billing")
        unlike(gaond, overwrite(4096 * 3, os.urandom(4096 * 20)), 1, "STORE_DAMAGED", "backup")
        unlike(gaond, cut, 1, "STORE_DAMAGED")
        unlike(gaond, text_file, 1, "STORE_DAMAGED")
        wrong_settings(gaond)
        step("the database is served as ever")
        gaond.start()
        hong = gaond.client(world.secrets["hong"])
        equal([one.name for one in pages(hong.iam.ListProjects, "projects", parent=world.tenant)], [world.project], "its projects")
    done()


if __name__ == "__main__":
    main()
