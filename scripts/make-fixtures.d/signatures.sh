#!/usr/bin/env bash
# Signature values by openssl for what other published vectors here do not reach: old key sizes, crossed
# curves and digests, odd PSS parameters, DSA. One line each: scheme, public key, message, value (base64).
set -euo pipefail
out=$(realpath "${1:-$(dirname "$0")/../../fixtures/vectors/signatures}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf 'Ubnd phường Bến Nghé' >message
openssl genrsa -out rsa1024.pem 1024 2>/dev/null
openssl genrsa -out rsa2047.pem 2047 2>/dev/null
openssl genrsa -out rsa2049.pem 2049 2>/dev/null
for curve in P-256 P-384 P-521; do openssl ecparam -name "$curve" -genkey -noout -out "$curve.pem"; done
for size in 1024:160 2048:224 2048:256; do
  openssl genpkey -genparam -algorithm DSA -pkeyopt "dsa_paramgen_bits:${size%:*}" \
    -pkeyopt "dsa_paramgen_q_bits:${size#*:}" -out parameters.pem 2>/dev/null
  openssl genpkey -paramfile parameters.pem -out "dsa${size/:/-}.pem"
done
line() { # name key digest [openssl options]
  local name=$1 key=$2 digest=$3; shift 3
  openssl dgst "-$digest" -sign "$key.pem" "$@" -out value message
  printf '%s\t%s\t%s\t%s\n' "$name" "$(openssl pkey -in "$key.pem" -pubout -outform DER | base64 -w0)" \
    "$(base64 -w0 message)" "$(base64 -w0 value)"
}
{
  for digest in sha1 sha224 sha256 sha384 sha512 sha3-224 sha3-256 sha3-512; do
    line "rsa $digest" rsa1024 "$digest"
    line "rsa $digest" rsa2047 "$digest"
    for curve in P-256 P-384 P-521; do line "ecdsa $digest" "$curve" "$digest"; done
  done
  for key in rsa1024 rsa2047 rsa2049; do
    for choice in sha1:sha1:20 sha256:sha256:32 sha256:sha1:32 sha256:sha256:0 sha256:sha384:7 sha224:sha224:28; do
      IFS=: read -r digest mask salt <<<"$choice"
      line "pss $digest $mask $salt" "$key" "$digest" -sigopt rsa_padding_mode:pss \
        -sigopt "rsa_mgf1_md:$mask" -sigopt "rsa_pss_saltlen:$salt"
    done
  done
  for digest in sha1 sha224 sha256; do
    line "dsa $digest" dsa1024-160 "$digest"
    line "dsa $digest" dsa2048-224 "$digest"
    line "dsa $digest" dsa2048-256 "$digest"
  done
} >"$out/openssl.tsv"
