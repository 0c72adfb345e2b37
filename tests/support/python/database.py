# SPDX-License-Identifier: Apache-2.0
"""database.py: a look into gaond's database past gaond, to see that nothing changed, or that no secret is in it."""
import os
import shutil
import sqlite3
import tempfile


class Database:
    # What is written without a change of anybody's: denials are audited, uses of a key are noted, answers are kept.
    NOISE = {"audit_event", "audit_head", "request_replay"}

    def __init__(self, gaond):
        # gaond has its file for itself, so this reads a copy; whoever compares lets nothing run meanwhile.
        with tempfile.TemporaryDirectory(dir=gaond.folder) as folder:
            copy = os.path.join(folder, "copy.db")
            for suffix in ("-wal", ""):
                if os.path.exists(gaond.path("gaon.db" + suffix)):
                    shutil.copy(gaond.path("gaon.db" + suffix), copy + suffix)
            on_disk = sqlite3.connect(copy)
            self.connection = sqlite3.connect(":memory:")
            on_disk.backup(self.connection)
            on_disk.close()

    def tables(self):
        return [row[0] for row in self.connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")]

    def rows(self, table):
        columns = [row[1] for row in self.connection.execute("PRAGMA table_info(%s)" % table)]
        wanted = [one for one in columns if one != "last_use_us" and one != "used_us"]
        return sorted(self.connection.execute("SELECT %s FROM %s" % (", ".join(wanted), table)), key=repr)

    def content(self, but=()):
        """All that is kept, table by table."""
        return {table: self.rows(table) for table in self.tables() if table not in self.NOISE and table not in but}

    def one(self, sql, *values):
        return self.connection.execute(sql, values).fetchone()

    def everything(self):
        """Each value of each row, for searches: (table, column, value)."""
        for table in self.tables():
            cursor = self.connection.execute("SELECT * FROM " + table)
            names = [one[0] for one in cursor.description]
            for row in cursor:
                yield from ((table, name, value) for name, value in zip(names, row))
