-- Every table belongs to one operation of PROTOCOL.md. Digests are 32 octets, times are seconds of Unix time.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Packages by digest; octets are a row of small_blob or a file.
CREATE TABLE blob (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    size   INTEGER NOT NULL CHECK (size >= 0),
    place  TEXT NOT NULL CHECK (place IN ('row', 'file'))
) STRICT;

CREATE TABLE small_blob (
    digest BLOB PRIMARY KEY REFERENCES blob (digest),
    bytes  BLOB NOT NULL
) STRICT;

-- Which agency stored which package: nobody learns what another one has.
CREATE TABLE owned_blob (
    agency TEXT NOT NULL,
    digest BLOB NOT NULL REFERENCES blob (digest),
    PRIMARY KEY (agency, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE upload (
    id       TEXT PRIMARY KEY,
    agency   TEXT NOT NULL,
    length   INTEGER NOT NULL CHECK (length >= 0),
    digest   BLOB NOT NULL CHECK (length(digest) = 32),
    offset   INTEGER NOT NULL CHECK (offset BETWEEN 0 AND length),
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    part     BLOB,
    created  INTEGER NOT NULL,
    expires  INTEGER NOT NULL
) STRICT;

CREATE INDEX upload_of ON upload (agency, expires);

CREATE TABLE delivery (
    key        INTEGER PRIMARY KEY,
    sender     TEXT NOT NULL,
    id         TEXT NOT NULL,
    envelope   BLOB NOT NULL,
    signature  BLOB NOT NULL,
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    package    BLOB NOT NULL REFERENCES blob (digest),
    size       INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    accepted   INTEGER NOT NULL,
    UNIQUE (sender, id)
) STRICT;

-- Leaves of the log: numbers are dense from 0 and given by the writer.
CREATE TABLE leaf (
    seq   INTEGER PRIMARY KEY CHECK (seq >= 0),
    bytes BLOB NOT NULL CHECK (length(bytes) <= 1024),
    hash  BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE evidence (
    seq       INTEGER PRIMARY KEY REFERENCES leaf (seq),
    id        TEXT NOT NULL UNIQUE,
    digest    BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    event     TEXT NOT NULL,
    time      INTEGER NOT NULL,
    sender    TEXT NOT NULL,
    delivery  INTEGER REFERENCES delivery (key),
    n         INTEGER,
    recipient TEXT,
    bytes     BLOB NOT NULL,
    signature BLOB NOT NULL,
    CHECK ((delivery IS NULL) = (n IS NULL)),
    UNIQUE (delivery, n)
) STRICT;

CREATE TABLE recipient_state (
    key           INTEGER PRIMARY KEY,
    delivery      INTEGER NOT NULL REFERENCES delivery (key),
    recipient     TEXT NOT NULL,
    item          TEXT NOT NULL UNIQUE,
    phase         TEXT NOT NULL,
    version       INTEGER NOT NULL,
    lease         INTEGER NOT NULL,
    lease_until   INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    visible_from  INTEGER NOT NULL,
    accessed      INTEGER NOT NULL CHECK (accessed IN (0, 1)),
    not_after     INTEGER,
    consigned     INTEGER NOT NULL REFERENCES evidence (seq),
    last_evidence BLOB NOT NULL CHECK (length(last_evidence) = 32),
    final         INTEGER NOT NULL DEFAULT 0 CHECK (final IN (0, 1)),
    UNIQUE (delivery, recipient)
) STRICT;

CREATE INDEX inbox ON recipient_state (recipient, key) WHERE final = 0;

CREATE TABLE ack (
    state     INTEGER PRIMARY KEY REFERENCES recipient_state (key),
    bytes     BLOB NOT NULL,
    signature BLOB NOT NULL,
    evidence  INTEGER NOT NULL REFERENCES evidence (seq)
) STRICT;

CREATE TABLE event (
    agency    TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    time      INTEGER NOT NULL,
    event     TEXT NOT NULL,
    delivery  INTEGER NOT NULL REFERENCES delivery (key),
    recipient TEXT,
    item      TEXT,
    n         INTEGER,
    PRIMARY KEY (agency, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
    agency TEXT NOT NULL,
    id     TEXT NOT NULL,
    time   INTEGER NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (agency, id)
) STRICT, WITHOUT ROWID;
