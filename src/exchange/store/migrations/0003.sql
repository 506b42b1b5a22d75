-- What stands in an index by a random value costs a page of its own at every write, once there are many. One such index
-- is left, that of packages; all else refers to numbers that grow, so that a write's cost grows less with what is stored.

CREATE TABLE new_blob (
    key     INTEGER PRIMARY KEY,
    digest  BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    size    INTEGER NOT NULL CHECK (size >= 0),
    place   TEXT NOT NULL CHECK (place IN ('row', 'file')),
    removed INTEGER,
    -- 0 while a removed package's file is still to be unlinked.
    swept   INTEGER NOT NULL DEFAULT 1 CHECK (swept IN (0, 1))
) STRICT;
INSERT INTO new_blob (digest, size, place, removed, swept) SELECT digest, size, place, removed, swept FROM blob ORDER BY rowid;

CREATE TABLE new_small_blob (
    blob  INTEGER PRIMARY KEY REFERENCES blob (key),
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO new_small_blob (blob, bytes) SELECT key, bytes FROM new_blob JOIN small_blob USING (digest) ORDER BY key;

CREATE TABLE new_owned_blob (
    blob   INTEGER NOT NULL REFERENCES blob (key),
    agency TEXT NOT NULL,
    PRIMARY KEY (blob, agency)
) STRICT, WITHOUT ROWID;
INSERT INTO new_owned_blob (blob, agency) SELECT key, agency FROM new_blob JOIN owned_blob USING (digest) ORDER BY key;

CREATE TABLE new_delivery (
    key         INTEGER PRIMARY KEY,
    sender      TEXT NOT NULL,
    id          TEXT NOT NULL,
    envelope    BLOB NOT NULL,
    signature   BLOB NOT NULL,
    digest      BLOB NOT NULL CHECK (length(digest) = 32),
    blob        INTEGER NOT NULL REFERENCES blob (key),
    package     BLOB NOT NULL CHECK (length(package) = 32),
    size        INTEGER NOT NULL,
    media_type  TEXT NOT NULL,
    accepted    INTEGER NOT NULL,
    replaced_by TEXT,
    -- When the last of its items was decided; and whether its package is still to be kept.
    closed      INTEGER,
    kept        INTEGER NOT NULL DEFAULT 1 CHECK (kept IN (0, 1)),
    -- Ids begin with the time they were chosen at.
    UNIQUE (id, sender)
) STRICT;
INSERT INTO new_delivery
    SELECT delivery.key, sender, id, envelope, signature, delivery.digest, new_blob.key, package, delivery.size, media_type,
           accepted, replaced_by, closed, kept
    FROM delivery JOIN new_blob ON new_blob.digest = delivery.package ORDER BY delivery.key;

-- The newest evidence of an item, by number.
ALTER TABLE recipient_state ADD COLUMN last INTEGER REFERENCES evidence (seq);
UPDATE recipient_state SET last = (SELECT seq FROM evidence WHERE evidence.digest = last_evidence);

CREATE TABLE new_evidence (
    seq       INTEGER PRIMARY KEY REFERENCES leaf (seq),
    id        TEXT NOT NULL UNIQUE,
    digest    BLOB NOT NULL CHECK (length(digest) = 32),
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
INSERT INTO new_evidence SELECT seq, id, digest, event, time, sender, delivery, n, recipient, bytes, signature FROM evidence ORDER BY seq;

DROP TABLE small_blob;
DROP TABLE owned_blob;
DROP TABLE evidence;
DROP TABLE delivery;
DROP TABLE blob;
ALTER TABLE new_blob RENAME TO blob;
ALTER TABLE new_small_blob RENAME TO small_blob;
ALTER TABLE new_owned_blob RENAME TO owned_blob;
ALTER TABLE new_delivery RENAME TO delivery;
ALTER TABLE new_evidence RENAME TO evidence;

CREATE INDEX unswept ON blob (removed) WHERE swept = 0;
CREATE INDEX delivery_closed ON delivery (closed) WHERE kept = 1 AND closed IS NOT NULL;
CREATE INDEX delivery_package ON delivery (blob) WHERE kept = 1;

-- Unfinished uploads are few and found by package and by agency; finished ones hold their package until they run out.
ALTER TABLE upload ADD COLUMN blob INTEGER REFERENCES blob (key);
UPDATE upload SET blob = (SELECT key FROM blob WHERE blob.digest = upload.digest) WHERE complete = 1;
DROP INDEX upload_of;
CREATE INDEX upload_open ON upload (digest, agency) WHERE complete = 0;
CREATE INDEX upload_open_of ON upload (agency, expires) WHERE complete = 0;
CREATE INDEX upload_holds ON upload (blob) WHERE blob IS NOT NULL;
