#!/usr/bin/env bash
# Inputs of the command's own tests (fixtures/cli): an expired signer, and a PDF that needs a password.
# The signer is kept while it is there; remove it to renew it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/fixtures/cli
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -e "$out/expired.pem" ]; then
  cd "$work"
  touch index
  echo 1000 > serial
  cat > ca.cnf <<'TEXT'
[ca]
default_ca = all
[all]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
[signer]
keyUsage = critical,digitalSignature
TEXT
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj "/CN=TEST ONLY expired" -out request.pem
  openssl ca -batch -config ca.cnf -selfsign -keyfile key.pem -extensions signer -in request.pem -notext \
    -startdate 20200101000000Z -enddate 20210101000000Z -out cert.pem
  { cat key.pem cert.pem; } > "$out/expired.pem"
fi
# AES-256 by passwords; --deterministic-id cannot be used with encryption, so the file is kept too.
[ -e "$out/encrypted.pdf" ] || qpdf --encrypt user owner 256 -- "$root/fixtures/documents/letter.pdf" "$out/encrypted.pdf"
cat > "$out/NOTES" <<'TEXT'
Inputs of the command's own tests, by scripts/make-fixtures.d/cli.sh: TEST ONLY, published, worthless.
expired.pem     a P-256 key with its certificate, valid in 2020 only
encrypted.pdf   documents/letter.pdf, AES-256; user password "user", owner password "owner"
TEXT
