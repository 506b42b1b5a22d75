-- Recalls, statuses, warnings, replacement; what retention needs to know.

ALTER TABLE blob ADD COLUMN removed INTEGER;
-- 0 while a removed package's file is still to be unlinked.
ALTER TABLE blob ADD COLUMN swept INTEGER NOT NULL DEFAULT 1 CHECK (swept IN (0, 1));
CREATE INDEX unswept ON blob (removed) WHERE swept = 0;

ALTER TABLE delivery ADD COLUMN replaced_by TEXT;
-- When the last of its items was decided; and whether its package is still to be kept.
ALTER TABLE delivery ADD COLUMN closed INTEGER;
ALTER TABLE delivery ADD COLUMN kept INTEGER NOT NULL DEFAULT 1 CHECK (kept IN (0, 1));
CREATE INDEX delivery_id ON delivery (id);
CREATE INDEX delivery_closed ON delivery (closed) WHERE kept = 1 AND closed IS NOT NULL;
CREATE INDEX delivery_package ON delivery (package) WHERE kept = 1;

ALTER TABLE recipient_state ADD COLUMN halfway INTEGER;
ALTER TABLE recipient_state ADD COLUMN warned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recipient_state ADD COLUMN recall_asked INTEGER NOT NULL DEFAULT 0 CHECK (recall_asked IN (0, 1));
-- When the next warning or the end is due.
ALTER TABLE recipient_state ADD COLUMN due INTEGER;
CREATE INDEX due ON recipient_state (due) WHERE due IS NOT NULL;
UPDATE recipient_state SET due = not_after + 1 WHERE final = 0 AND not_after IS NOT NULL;
UPDATE delivery SET closed = (SELECT max(time) FROM evidence WHERE evidence.delivery = delivery.key)
    WHERE NOT EXISTS (SELECT 1 FROM recipient_state WHERE recipient_state.delivery = delivery.key AND final = 0);

-- Signed objects about items, each with the evidence made of it.
CREATE TABLE said (
    evidence  INTEGER PRIMARY KEY REFERENCES evidence (seq),
    state     INTEGER NOT NULL REFERENCES recipient_state (key),
    kind      TEXT NOT NULL CHECK (kind IN ('ack', 'recall', 'replacement', 'status')),
    bytes     BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE INDEX said_of ON said (state);
INSERT INTO said (evidence, state, kind, bytes, signature) SELECT evidence, state, 'ack', bytes, signature FROM ack;
DROP TABLE ack;

CREATE INDEX upload_expires ON upload (expires);
CREATE INDEX claim_time ON claim (time);
