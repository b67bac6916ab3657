// The tables of headquarters' file.

import SQLiteStorage

/// What `headquarters.db` must be.
enum HeadquartersSchema {
    static var migrations: Migrations {
        Migrations(
            applicationID: 0x5345_4851,
            steps: [
                Migrations.Step(
                    "the first tables",
                    sql: """
                        CREATE TABLE value (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
                        CREATE TABLE event (
                            position INTEGER PRIMARY KEY, shop TEXT NOT NULL, id TEXT NOT NULL, lane TEXT NOT NULL,
                            receivedAt INTEGER NOT NULL, arrived INTEGER NOT NULL, refusal TEXT, body BLOB NOT NULL,
                            UNIQUE (shop, id)) STRICT;
                        CREATE TABLE progress (
                            shop TEXT, incarnation TEXT, subject TEXT, sequence INTEGER NOT NULL,
                            PRIMARY KEY (shop, incarnation, subject)) STRICT, WITHOUT ROWID;
                        CREATE TABLE life (
                            number INTEGER PRIMARY KEY, shop TEXT NOT NULL, incarnation TEXT NOT NULL,
                            state TEXT NOT NULL, seenAt INTEGER NOT NULL, returns INTEGER NOT NULL,
                            UNIQUE (shop, incarnation)) STRICT;
                        CREATE TABLE stock (
                            shop TEXT, sku TEXT, onHand INTEGER NOT NULL, unsellable INTEGER NOT NULL,
                            holds INTEGER NOT NULL, owed INTEGER NOT NULL, toldAt INTEGER, toldBy TEXT,
                            lackingAsked INTEGER NOT NULL, shareWaiting INTEGER NOT NULL, rights TEXT NOT NULL,
                            PRIMARY KEY (shop, sku)) STRICT, WITHOUT ROWID;
                        CREATE TABLE document (
                            kind TEXT, id TEXT, shop TEXT NOT NULL, state TEXT NOT NULL, sent TEXT NOT NULL,
                            told TEXT NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
                        CREATE TABLE sale (
                            shop TEXT, till TEXT, ticket TEXT, line INTEGER, sold TEXT, soldUnits INTEGER NOT NULL,
                            returned TEXT, returnedUnits INTEGER NOT NULL, isVoided INTEGER NOT NULL,
                            PRIMARY KEY (shop, till, ticket, line)) STRICT, WITHOUT ROWID;
                        CREATE TABLE total (
                            shop TEXT, sku TEXT, sold INTEGER NOT NULL, returned INTEGER NOT NULL,
                            PRIMARY KEY (shop, sku)) STRICT, WITHOUT ROWID;
                        CREATE TABLE head (
                            owner TEXT, feed TEXT, last INTEGER NOT NULL, oldest INTEGER NOT NULL,
                            PRIMARY KEY (owner, feed)) STRICT, WITHOUT ROWID;
                        CREATE TABLE entry (
                            owner TEXT, feed TEXT, sequence INTEGER, key TEXT, body BLOB NOT NULL,
                            PRIMARY KEY (owner, feed, sequence)) STRICT, WITHOUT ROWID;
                        CREATE TABLE living (
                            owner TEXT, feed TEXT, key TEXT, body BLOB NOT NULL,
                            PRIMARY KEY (owner, feed, key)) STRICT, WITHOUT ROWID;
                        """)
            ])
    }
}
