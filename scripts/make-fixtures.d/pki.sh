#!/usr/bin/env bash
# Throw-away private keys: RSA keys of the test authority (fixtures/pki) and key files of every shape that the
# key reader meets (fixtures/keys). Everything here is published and proves nothing: TEST ONLY.
# Existing authority keys are kept, so that fixtures signed with them stay as they are; remove one to renew it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$root/fixtures/pki" "$root/fixtures/keys"

for name in root:3072 issuing:2048 leader:2048 seal-a:2048 seal-b:2048 tsa:2048; do
  file=$root/fixtures/pki/${name%:*}.pem
  [ -e "$file" ] && continue
  {
    echo "TEST ONLY: this private key is published with the source code. Trust nothing signed with it."
    openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${name#*:}" 2>/dev/null
  } >"$file"
done

cd "$work"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem
openssl genpkey -algorithm ed25519 -out ed25519.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.pem 2>/dev/null
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 \
  -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out rsa-pss.pem 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out p521.pem
out=$root/fixtures/keys
rm -f "$out"/*
cp p256.pem p384.pem ed25519.pem rsa.pem rsa1024.pem rsa-pss.pem p521.pem "$out"
openssl pkcs8 -topk8 -nocrypt -in rsa.pem -outform DER -out "$out/rsa.der"
openssl pkcs8 -topk8 -in p256.pem -passout pass:secret -v2 aes-256-cbc -v2prf hmacWithSHA256 -out "$out/p256-encrypted.pem"
openssl pkcs8 -topk8 -in rsa.pem -passout pass:secret -v2 aes-128-cbc -outform DER -out "$out/rsa-encrypted.der"
openssl pkcs8 -topk8 -in rsa.pem -passout pass:secret -scrypt -out "$out/rsa-scrypt.pem"
openssl rsa -in rsa.pem -traditional -out "$out/rsa-pkcs1.pem" 2>/dev/null
openssl rsa -in rsa.pem -traditional -aes128 -passout pass:secret -out "$out/rsa-pkcs1-encrypted.pem" 2>/dev/null
openssl ec -in p256.pem -out "$out/p256-sec1.pem" 2>/dev/null
openssl ec -in p256.pem -no_public 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out "$out/p256-no-public.pem"

days=(-days 27000)
openssl req -x509 -new -key p384.pem -subj "/CN=TEST ONLY issuer of the key files" "${days[@]}" -out issuer.pem
openssl req -new -key rsa.pem -subj "/CN=TEST ONLY Nguyễn Văn Thử" -utf8 -out leaf.csr
openssl x509 -req -in leaf.csr -CA issuer.pem -CAkey p384.pem -set_serial 7 "${days[@]}" -out leaf.pem 2>/dev/null
cat issuer.pem leaf.pem rsa.pem >"$out/rsa-with-chain.pem"
p12() { openssl pkcs12 -export -inkey rsa.pem -in leaf.pem -certfile issuer.pem -name thử "$@"; }
p12 -passout pass:secret -out "$out/modern.p12"
p12 -passout pass:secret -certpbe AES-128-CBC -keypbe AES-128-CBC -macalg sha512 -out "$out/sha512.p12"
p12 -passout pass:secret -legacy -out "$out/legacy.p12"
p12 -passout pass: -out "$out/empty-passphrase.p12"
p12 -passout "pass:mật khẩu" -out "$out/vietnamese-passphrase.p12"
if command -v keytool >/dev/null; then
  keytool -genkeypair -alias ma -keyalg RSA -keysize 2048 -dname "CN=TEST ONLY keytool" -validity 20000 \
    -storetype PKCS12 -keystore "$out/keytool.p12" -storepass secret >/dev/null 2>&1
fi
if command -v pk12util >/dev/null; then # NSS, as browsers: BER
  mkdir nss
  certutil -N -d sql:nss --empty-password
  pk12util -i "$out/modern.p12" -W secret -d sql:nss >/dev/null
  pk12util -o "$out/nss.p12" -n thử -W secret -d sql:nss >/dev/null
fi
cat >"$out/NOTES" <<'TEXT'
Key files of every shape the key reader meets, by scripts/make-fixtures.d/pki.sh: TEST ONLY, published, worthless.
The passphrase is "secret", of empty-passphrase.p12 empty, of vietnamese-passphrase.p12 "mật khẩu".
Refused: rsa1024 (too small to sign with), p521, rsa-pkcs1-encrypted (RFC 1421 encryption).
TEXT
cat >"$root/fixtures/pki/NOTES" <<'TEXT'
RSA private keys of the test authority, by scripts/make-fixtures.d/pki.sh: TEST ONLY, published, worthless.
TEXT
