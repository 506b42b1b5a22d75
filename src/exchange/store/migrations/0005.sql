-- What no digest named before: seals, and what stands in columns beside the octets. `sqlite/rows.rs` says what each digest
-- is over, and fills in those of the rows that are here already.

ALTER TABLE delivery ADD COLUMN signature_digest BLOB CHECK (length(signature_digest) = 32);
ALTER TABLE delivery ADD COLUMN row_digest BLOB CHECK (length(row_digest) = 32);
ALTER TABLE evidence ADD COLUMN signature_digest BLOB CHECK (length(signature_digest) = 32);
ALTER TABLE evidence ADD COLUMN row_digest BLOB CHECK (length(row_digest) = 32);
ALTER TABLE said ADD COLUMN row_digest BLOB CHECK (length(row_digest) = 32);
ALTER TABLE event ADD COLUMN row_digest BLOB CHECK (length(row_digest) = 32);
ALTER TABLE claim ADD COLUMN row_digest BLOB CHECK (length(row_digest) = 32);
-- An item has two: what never changes, and where it stands.
ALTER TABLE recipient_state ADD COLUMN row_digest BLOB CHECK (length(row_digest) = 32);
ALTER TABLE recipient_state ADD COLUMN state_digest BLOB CHECK (length(state_digest) = 32);
