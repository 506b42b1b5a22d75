//! `KeyInfo` — XML Signature 1.1 §4.5: what the signer says about the key. Claims, every one of them.
//!
//! Certificates and what points at certificates are read; bare keys too, for telling a changed value from a sound
//! one. A bare key never makes anybody trusted.

use std::collections::HashSet;

use roxmltree::{Document, Node, NodeId};

use super::dsig::{DsigError, NAMESPACE, is, text_of};
use super::reference::{Externals, Ids};
use crate::base::encoding::from_base64;

/// Most certificates, CRLs, keys or pointers of each kind in one signature.
pub const MAX_ENTRIES: usize = 100;
/// Largest certificate or CRL a `RetrievalMethod` leads to, in bytes.
const MAX_RETRIEVED: usize = 1 << 20;
/// Longest number that is read as decimal digits (RFC 4050).
const MAX_DIGITS: usize = 400;

/// Namespace of XML Signature 1.1.
const NAMESPACE_11: &str = "http://www.w3.org/2009/xmldsig11#";
/// Namespace of the elliptic curve keys of RFC 4050.
const NAMESPACE_4050: &str = "http://www.w3.org/2001/04/xmldsig-more#";

/// What `KeyInfo` says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeyInfo {
    /// The element.
    pub node: Option<NodeId>,
    /// Certificates in order, DER; those that are not base64 are left out.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs, DER.
    pub crls: Vec<Vec<u8>>,
    /// Bare keys.
    pub keys: Vec<KeyValue>,
    /// What points at certificates that stand elsewhere.
    pub pointers: Vec<Pointer>,
    /// Names of keys, in whatever sense the signer had in mind.
    pub names: Vec<String>,
}

/// A bare key; numbers are big-endian octets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyValue {
    /// `RSAKeyValue` (§4.5.2.2).
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
    /// `DSAKeyValue` (§4.5.2.1), with its parameters.
    Dsa {
        /// p, q, g and y.
        numbers: [Vec<u8>; 4],
    },
    /// `ECKeyValue` (§4.5.2.3) or `ECDSAKeyValue` (RFC 4050), over a named curve.
    Ec {
        /// The curve's object identifier in dotted form.
        curve: String,
        /// The point, or what stands for it.
        point: Point,
    },
    /// `DEREncodedKeyValue` (§4.5.9): a SubjectPublicKeyInfo.
    Der(Vec<u8>),
}

/// A point of a curve.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Point {
    /// As SEC 1 §2.3.3 encodes it.
    Encoded(Vec<u8>),
    /// Its two coordinates, without leading zeros.
    Coordinates(Vec<u8>, Vec<u8>),
}

/// What points at a certificate (§4.5.4).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Pointer {
    /// `X509IssuerSerial`: issuer as RFC 4514 text, serial number in decimal digits.
    IssuerSerial {
        /// The issuer.
        issuer: String,
        /// The serial number.
        serial: String,
    },
    /// `X509SubjectName` as RFC 4514 text.
    Subject(String),
    /// `X509SKI`: the value of the subject key identifier.
    KeyIdentifier(Vec<u8>),
    /// `X509Digest`.
    Digest {
        /// Identifier of the digest.
        method: String,
        /// The digest of the certificate.
        value: Vec<u8>,
    },
}

impl KeyInfo {
    /// Reads a `KeyInfo` element; a `RetrievalMethod` is followed one step, inside the document or to `externals`.
    ///
    /// # Errors
    /// [`DsigError::TooMany`].
    pub fn parse(
        node: Node<'_, '_>,
        tree: &Document<'_>,
        ids: &Ids,
        externals: Externals<'_>,
    ) -> Result<Self, DsigError> {
        let mut info = KeyInfo { node: Some(node.id()), ..KeyInfo::default() };
        let mut seen = HashSet::new();
        for part in node.children().filter(Node::is_element) {
            info.take(part)?;
            if is(part, "RetrievalMethod") && seen.len() < MAX_ENTRIES {
                let uri = part.attribute("URI").unwrap_or("");
                if seen.insert(uri) {
                    info.retrieve(part, uri, tree, ids, externals)?;
                }
            }
        }
        Ok(info)
    }

    fn take(&mut self, part: Node<'_, '_>) -> Result<(), DsigError> {
        if is(part, "KeyName") {
            push(&mut self.names, text_of(part).trim().to_owned(), "key names")?;
        } else if is(part, "KeyValue") {
            if let Some(key) = part.children().find(Node::is_element).and_then(key_value) {
                push(&mut self.keys, key, "keys")?;
            }
        } else if in_11(part, "DEREncodedKeyValue") {
            if let Some(der) = from_base64(&text_of(part)) {
                push(&mut self.keys, KeyValue::Der(der), "keys")?;
            }
        } else if is(part, "X509Data") {
            self.x509_data(part)?;
        }
        Ok(())
    }

    fn x509_data(&mut self, data: Node<'_, '_>) -> Result<(), DsigError> {
        for part in data.children().filter(Node::is_element) {
            let octets = || from_base64(&text_of(part));
            if is(part, "X509Certificate") {
                if let Some(der) = octets() {
                    push(&mut self.certificates, der, "certificates")?;
                }
            } else if is(part, "X509CRL") {
                if let Some(der) = octets() {
                    push(&mut self.crls, der, "CRLs")?;
                }
            } else if is(part, "X509IssuerSerial") {
                let text = |name| {
                    part.children().find(|n| is(*n, name)).map(|n| text_of(n).trim().to_owned()).unwrap_or_default()
                };
                let pointer =
                    Pointer::IssuerSerial { issuer: text("X509IssuerName"), serial: text("X509SerialNumber") };
                push(&mut self.pointers, pointer, "pointers to certificates")?;
            } else if is(part, "X509SubjectName") {
                let pointer = Pointer::Subject(text_of(part).trim().to_owned());
                push(&mut self.pointers, pointer, "pointers to certificates")?;
            } else if is(part, "X509SKI") {
                if let Some(value) = octets() {
                    push(&mut self.pointers, Pointer::KeyIdentifier(value), "pointers to certificates")?;
                }
            } else if in_11(part, "X509Digest")
                && let Some(value) = octets()
            {
                let method = part.attribute("Algorithm").unwrap_or("").to_owned();
                push(&mut self.pointers, Pointer::Digest { method, value }, "pointers to certificates")?;
            }
        }
        Ok(())
    }

    // §4.5.3. Transforms are not carried out: what needs them is not retrieved.
    fn retrieve(
        &mut self,
        method: Node<'_, '_>,
        uri: &str,
        tree: &Document<'_>,
        ids: &Ids,
        externals: Externals<'_>,
    ) -> Result<(), DsigError> {
        if method.children().any(|n| is(n, "Transforms")) {
            return Ok(());
        }
        if let Some(id) = uri.strip_prefix('#') {
            let found = ids.find(id).ok().and_then(|id| tree.get_node(id));
            return match found {
                Some(part) if in_11(part, "DEREncodedKeyValue") || is(part, "X509Data") || is(part, "KeyValue") => {
                    self.take(part)
                }
                // A bare RSAKeyValue or the like, which the Type names.
                Some(part) => match key_value(part) {
                    Some(key) => push(&mut self.keys, key, "keys"),
                    None => Ok(()),
                },
                None => Ok(()),
            };
        }
        let raw = method.attribute("Type").is_some_and(|kind| kind.ends_with("#rawX509Certificate"));
        if raw && let Some(source) = externals(uri) {
            let der = source.read_range(0, source.len(), MAX_RETRIEVED);
            if let Ok(der) = der {
                push(&mut self.certificates, der, "certificates")?;
            }
        }
        Ok(())
    }
}

fn push<T>(list: &mut Vec<T>, item: T, what: &'static str) -> Result<(), DsigError> {
    if list.len() >= MAX_ENTRIES {
        return Err(DsigError::TooMany { what, limit: MAX_ENTRIES });
    }
    list.push(item);
    Ok(())
}

fn in_11(node: Node<'_, '_>, name: &str) -> bool {
    node.has_tag_name((NAMESPACE_11, name))
}

fn key_value(node: Node<'_, '_>) -> Option<KeyValue> {
    let number = |name: &'static str| {
        node.children().find(|n| is(*n, name)).and_then(|n| from_base64(&text_of(n))).filter(|n| !n.is_empty())
    };
    match (node.tag_name().namespace()?, node.tag_name().name()) {
        (NAMESPACE, "RSAKeyValue") => {
            Some(KeyValue::Rsa { modulus: number("Modulus")?, exponent: number("Exponent")? })
        }
        (NAMESPACE, "DSAKeyValue") => {
            Some(KeyValue::Dsa { numbers: [number("P")?, number("Q")?, number("G")?, number("Y")?] })
        }
        (NAMESPACE_11, "ECKeyValue") => {
            let curve = node.children().find(|n| in_11(*n, "NamedCurve"))?.attribute("URI")?;
            let point = from_base64(&text_of(node.children().find(|n| in_11(*n, "PublicKey"))?))?;
            Some(KeyValue::Ec { curve: curve.strip_prefix("urn:oid:")?.to_owned(), point: Point::Encoded(point) })
        }
        (NAMESPACE_4050, "ECDSAKeyValue") => {
            let inside = |name: &str| node.descendants().find(|n| n.has_tag_name((NAMESPACE_4050, name)));
            let curve = inside("NamedCurve")?.attribute("URN")?.strip_prefix("urn:oid:")?.to_owned();
            let coordinate = |name: &str| from_decimal(inside(name)?.attribute("Value")?);
            Some(KeyValue::Ec { curve, point: Point::Coordinates(coordinate("X")?, coordinate("Y")?) })
        }
        _ => None,
    }
}

/// The octets of a number written in decimal digits, without leading zeros.
pub fn from_decimal(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.trim();
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Little-endian while it grows.
    let mut octets: Vec<u8> = Vec::new();
    for digit in digits.bytes() {
        let mut carry = u32::from(digit - b'0');
        for octet in &mut octets {
            let value = u32::from(*octet) * 10 + carry;
            let [low, ..] = value.to_le_bytes();
            *octet = low;
            carry = value >> 8;
        }
        if carry > 0 {
            octets.push(u8::try_from(carry).ok()?);
        }
    }
    octets.reverse();
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn read(inside: &str, around: &str) -> KeyInfo {
        let text = format!("<a xmlns='{NAMESPACE}' xmlns:n='{NAMESPACE_11}'>{around}<KeyInfo>{inside}</KeyInfo></a>");
        let tree = parse(&text).expect("parses");
        let node = tree.descendants().find(|n| is(*n, "KeyInfo")).expect("has one");
        let outside = b"cert".to_vec();
        let externals = |uri: &str| -> Option<&dyn crate::base::read::ReadAt> { (uri == "c.der").then_some(&outside) };
        KeyInfo::parse(node, &tree, &Ids::of(&tree), &externals).expect("reads")
    }

    #[test]
    fn certificates_keys_and_pointers_are_read_and_damaged_ones_left_out() {
        let info = read(
            "<KeyName> k </KeyName><X509Data><X509Certificate>AAEC</X509Certificate><X509Certificate>!</X509Certificate>\
             <X509IssuerSerial><X509IssuerName>CN=a</X509IssuerName><X509SerialNumber>7</X509SerialNumber></X509IssuerSerial>\
             <X509SKI>AQ==</X509SKI><n:X509Digest Algorithm='u:d'>Ag==</n:X509Digest></X509Data>\
             <KeyValue><RSAKeyValue><Modulus>AQ==</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>\
             <KeyValue><RSAKeyValue><Modulus>AQ==</Modulus></RSAKeyValue></KeyValue>",
            "",
        );
        assert_eq!(info.certificates, [vec![0, 1, 2]]);
        assert_eq!(info.names, ["k"]);
        assert_eq!(info.keys, [KeyValue::Rsa { modulus: vec![1], exponent: vec![1, 0, 1] }]);
        assert_eq!(
            info.pointers,
            [
                Pointer::IssuerSerial { issuer: "CN=a".to_owned(), serial: "7".to_owned() },
                Pointer::KeyIdentifier(vec![1]),
                Pointer::Digest { method: "u:d".to_owned(), value: vec![2] },
            ]
        );
    }

    #[test]
    fn a_retrieval_is_followed_once_and_not_through_transforms() {
        let key =
            "<KeyValue Id='k'><RSAKeyValue><Modulus>AQ==</Modulus><Exponent>Aw==</Exponent></RSAKeyValue></KeyValue>";
        assert_eq!(read("<RetrievalMethod URI='#k'/><RetrievalMethod URI='#k'/>", key).keys.len(), 1);
        assert_eq!(read("<RetrievalMethod URI='#k'><Transforms/></RetrievalMethod>", key).keys.len(), 0);
        assert_eq!(read("<RetrievalMethod URI='#none'/>", key).keys.len(), 0);
        let raw = format!("<RetrievalMethod URI='c.der' Type='{NAMESPACE}rawX509Certificate'/>");
        assert_eq!(read(&raw, "").certificates, [b"cert".to_vec()]);
        assert!(read(&raw.replace("c.der", "d.der"), "").certificates.is_empty());
    }

    #[test]
    fn entries_at_the_bound_are_read_and_one_more_refused() {
        let many = |n: usize| {
            let text = format!("<KeyInfo xmlns='{NAMESPACE}'>{}</KeyInfo>", "<KeyName>x</KeyName>".repeat(n));
            let tree = parse(&text).expect("parses");
            KeyInfo::parse(tree.root_element(), &tree, &Ids::of(&tree), &|_| None).map(|info| info.names.len())
        };
        assert!(matches!(many(MAX_ENTRIES), Ok(MAX_ENTRIES)));
        assert!(matches!(many(MAX_ENTRIES + 1), Err(DsigError::TooMany { .. })));
    }

    #[test]
    fn decimal_numbers_become_octets() {
        assert_eq!(from_decimal("0"), Some(vec![]));
        assert_eq!(from_decimal("255"), Some(vec![255]));
        assert_eq!(from_decimal("256"), Some(vec![1, 0]));
        assert_eq!(from_decimal("340282366920938463463374607431768211456"), Some([vec![1], vec![0; 16]].concat()));
        assert_eq!(from_decimal("-1"), None);
        assert_eq!(from_decimal(&"9".repeat(MAX_DIGITS + 1)), None);
    }
}
