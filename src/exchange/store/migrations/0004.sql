-- Items under a lease, counted per agency before more are leased.
CREATE INDEX leased ON recipient_state (recipient, lease_until) WHERE phase = 'leased';

-- The running digest of an unfinished upload at its offset, so that going on after a restart reads nothing again.
ALTER TABLE upload ADD COLUMN running BLOB;
