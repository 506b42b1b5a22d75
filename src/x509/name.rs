//! Distinguished names — RFC 5280 §4.1.2.4 and §7.1.
//!
//! A name keeps its bytes, shows itself on one line with its text intact, and compares by a canonical
//! form: attribute values that are strings are compared without regard to string type, case and
//! runs of white space; all others byte for byte.

use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;

use super::{X509Error, oids};
use crate::asn1::read::tag;
use crate::asn1::{Asn1Error, Tlv, write};
use crate::base::encoding::is_deceptive;
use crate::base::oid::Oid;
use crate::base::recent::Recent;

/// Most attributes that are read in one name.
pub const MAX_ATTRIBUTES: usize = 256;

const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;
const TELETEX_STRING: u8 = 0x14;
const NUMERIC_STRING: u8 = 0x12;
const VISIBLE_STRING: u8 = 0x1a;

/// A distinguished name. Cloning is cheap; equality and hashing follow RFC 5280 §7.1.
#[derive(Clone)]
pub struct Name(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    rdns: Vec<Vec<Attribute>>,
    canonical: Vec<Vec<u8>>,
}

/// One attribute of a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// Attribute type.
    pub kind: Oid,
    /// The text, when the value is a string.
    pub text: Option<String>,
    /// The encoded value.
    pub value: Vec<u8>,
}

thread_local! {
    static RECENT: RefCell<Recent<Name>> = RefCell::default();
}

impl Name {
    /// Reads a name from its DER bytes, all of them.
    ///
    /// # Errors
    /// [`X509Error::Asn1`] for another shape, [`X509Error::TooMany`] past [`MAX_ATTRIBUTES`].
    pub fn from_der(der: &[u8]) -> Result<Name, X509Error> {
        if let Some(known) = RECENT.with_borrow(|recent| recent.get(der)) {
            return Ok(known);
        }
        let outer = Tlv::parse(der)?;
        if outer.tag != tag::SEQUENCE {
            return Err(Asn1Error::Tag { expected: tag::SEQUENCE, found: outer.tag }.into());
        }
        let read = Self::from_rdns(der.to_vec(), outer)?;
        RECENT.with_borrow_mut(|recent| recent.keep(der, read.clone()));
        Ok(read)
    }

    /// Builds a name of one attribute a level, in the order given (country first by custom).
    /// Country, serial number and DN qualifier become PrintableString where their text allows it, e-mail
    /// addresses and domain components IA5String, everything else UTF8String (RFC 5280 §4.1.2.4, appendix A).
    pub fn build(attributes: &[(Oid, &str)]) -> Name {
        let rdns: Vec<Vec<u8>> = attributes
            .iter()
            .map(|(kind, text)| {
                let ascii = text.is_ascii();
                let string_tag = if ascii && [oids::AT_EMAIL, oids::AT_DOMAIN_COMPONENT].contains(kind) {
                    tag::IA5_STRING
                } else if is_printable(text)
                    && [oids::AT_COUNTRY, oids::AT_SERIAL_NUMBER, oids::AT_DN_QUALIFIER].contains(kind)
                {
                    tag::PRINTABLE_STRING
                } else {
                    tag::UTF8_STRING
                };
                let value = write::tlv(string_tag, text.as_bytes());
                write::set_of(&[write::sequence(&[write::oid(kind), value])])
            })
            .collect();
        let der = write::sequence(&rdns);
        let parsed: Vec<Vec<Attribute>> = attributes
            .iter()
            .zip(&rdns)
            .map(|((kind, text), rdn)| {
                let value = Tlv::parse(rdn)
                    .and_then(|set| set.reader().sequence())
                    .and_then(|mut fields| {
                        fields.any()?;
                        fields.any().map(|v| v.raw.to_vec())
                    })
                    .unwrap_or_default();
                vec![Attribute { kind: kind.clone(), text: Some((*text).to_owned()), value }]
            })
            .collect();
        Self::assemble(der, parsed)
    }

    /// The name `[0]` of a CRL issuer followed by one more level (RFC 5280 §4.2.1.13, nameRelativeToCRLIssuer).
    ///
    /// # Errors
    /// Those of [`Name::from_der`] when `rdn_content` is no set of attributes.
    pub fn extended_by(&self, rdn_content: &[u8]) -> Result<Name, X509Error> {
        let outer = Tlv::parse(&self.0.der)?;
        let rdn = write::tlv(tag::SET, rdn_content);
        Name::from_der(&write::sequence(&[outer.content, &rdn]))
    }

    fn from_rdns(der: Vec<u8>, outer: Tlv<'_>) -> Result<Name, X509Error> {
        let mut rdns = Vec::new();
        let mut count = 0usize;
        let mut sets = outer.reader();
        while !sets.is_empty() {
            let mut set = sets.expect(tag::SET)?.reader();
            if set.is_empty() {
                return Err(Asn1Error::Value.into());
            }
            let mut attributes = Vec::new();
            while !set.is_empty() {
                count += 1;
                if count > MAX_ATTRIBUTES {
                    return Err(X509Error::TooMany { bound: MAX_ATTRIBUTES });
                }
                let mut fields = set.sequence()?;
                let kind = fields.oid()?;
                let value = fields.any()?;
                fields.end()?;
                attributes.push(Attribute { kind, text: text_of(&value), value: value.raw.to_vec() });
            }
            rdns.push(attributes);
        }
        Ok(Self::assemble(der, rdns))
    }

    fn assemble(der: Vec<u8>, rdns: Vec<Vec<Attribute>>) -> Name {
        let canonical = rdns.iter().map(|rdn| canonical_rdn(rdn)).collect();
        Name(Arc::new(Inner { der, rdns, canonical }))
    }

    /// The bytes the name was read from.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// True for a name without any attribute.
    pub fn is_empty(&self) -> bool {
        self.0.rdns.is_empty()
    }

    /// The levels, outermost first, each with its attributes.
    pub fn rdns(&self) -> &[Vec<Attribute>] {
        &self.0.rdns
    }

    /// Every attribute, outermost level first.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.0.rdns.iter().flatten()
    }

    /// The text of the last (most specific) attribute of this type.
    pub fn text(&self, kind: &Oid) -> Option<&str> {
        self.0.rdns.iter().rev().flatten().find(|a| a.kind == *kind).and_then(|a| a.text.as_deref())
    }

    /// The most specific common name.
    pub fn common_name(&self) -> Option<String> {
        self.text(&oids::AT_COMMON_NAME).map(str::to_owned)
    }

    /// Whether both are the same name by RFC 5280 §7.1.
    pub fn matches(&self, other: &Name) -> bool {
        self.0.canonical == other.0.canonical
    }

    /// Whether this name lies in the subtree below `base` (RFC 5280 §7.1: the initial levels match).
    pub fn is_within(&self, base: &Name) -> bool {
        self.0.canonical.starts_with(&base.0.canonical)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.canonical.hash(state);
    }
}

/// RFC 4514 on one line, most specific level first; control characters are escaped, all other text stays.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, rdn) in self.0.rdns.iter().rev().enumerate() {
            if level > 0 {
                f.write_str(", ")?;
            }
            for (at, attribute) in rdn.iter().enumerate() {
                if at > 0 {
                    f.write_str("+")?;
                }
                match short_name(&attribute.kind) {
                    Some(short) => f.write_str(short)?,
                    None => write!(f, "{}", attribute.kind)?,
                }
                f.write_str("=")?;
                match &attribute.text {
                    Some(text) => write_escaped(f, text)?,
                    None => {
                        f.write_str("#")?;
                        attribute.value.iter().try_for_each(|b| write!(f, "{b:02x}"))?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

fn short_name(kind: &Oid) -> Option<&'static str> {
    // RFC 4514 §3, then the spellings certificates are commonly shown with.
    let table = [
        (oids::AT_COMMON_NAME, "CN"),
        (oids::AT_LOCALITY, "L"),
        (oids::AT_STATE, "ST"),
        (oids::AT_ORGANIZATION, "O"),
        (oids::AT_ORGANIZATIONAL_UNIT, "OU"),
        (oids::AT_COUNTRY, "C"),
        (oids::AT_STREET, "STREET"),
        (oids::AT_DOMAIN_COMPONENT, "DC"),
        (oids::AT_USER_ID, "UID"),
        (oids::AT_SURNAME, "SN"),
        (oids::AT_GIVEN_NAME, "GN"),
        (oids::AT_TITLE, "T"),
        (oids::AT_SERIAL_NUMBER, "serialNumber"),
        (oids::AT_ORGANIZATION_IDENTIFIER, "organizationIdentifier"),
        (oids::AT_DN_QUALIFIER, "dnQualifier"),
        (oids::AT_EMAIL, "emailAddress"),
    ];
    table.into_iter().find(|(oid, _)| oid == kind).map(|(_, short)| short)
}

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    // RFC 4514 §2.4.
    let last = text.chars().count().saturating_sub(1);
    for (at, c) in text.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}")?,
            ' ' | '#' if at == 0 => write!(f, "\\{c}")?,
            ' ' if at == last => write!(f, "\\{c}")?,
            c if is_deceptive(c) => {
                let mut buffer = [0u8; 4];
                c.encode_utf8(&mut buffer).bytes().try_for_each(|b| write!(f, "\\{b:02x}"))?;
            }
            c => write!(f, "{c}")?,
        }
    }
    Ok(())
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&b))
}

/// The text of a string value; `None` for other types and for damaged text.
pub(crate) fn text_of(value: &Tlv<'_>) -> Option<String> {
    let content = value.content;
    match value.tag {
        tag::UTF8_STRING => std::str::from_utf8(content).ok().map(str::to_owned),
        tag::PRINTABLE_STRING | tag::IA5_STRING | NUMERIC_STRING | VISIBLE_STRING => {
            content.is_ascii().then(|| content.iter().map(|b| char::from(*b)).collect())
        }
        // T.61 in certificates is Latin-1 in practice.
        TELETEX_STRING => Some(content.iter().map(|b| char::from(*b)).collect()),
        BMP_STRING => {
            let (units, rest) = content.as_chunks::<2>();
            if !rest.is_empty() {
                return None;
            }
            char::decode_utf16(units.iter().map(|u| u16::from_be_bytes(*u))).collect::<Result<_, _>>().ok()
        }
        UNIVERSAL_STRING => {
            let (units, rest) = content.as_chunks::<4>();
            if !rest.is_empty() {
                return None;
            }
            units.iter().map(|u| char::from_u32(u32::from_be_bytes(*u))).collect()
        }
        _ => None,
    }
}

fn canonical_rdn(rdn: &[Attribute]) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = rdn
        .iter()
        .map(|a| {
            let value = match &a.text {
                Some(text) => write::utf8(&fold(text)),
                None => a.value.clone(),
            };
            write::sequence(&[write::oid(&a.kind), value])
        })
        .collect();
    parts.sort_unstable();
    parts.concat()
}

// RFC 4518 §2 in the order it prescribes: map, normalise (NFKC), then white space at the ends and in runs.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        let lower = text.to_ascii_lowercase();
        return lower.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    }
    let mapped: String = text
        .chars()
        .filter(|c| {
            !matches!(c, '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}'
                | '\u{2060}'..='\u{2063}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fffc}')
        })
        .flat_map(char::to_lowercase)
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    mapped.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(tag: u8, text: &[u8]) -> Name {
        let value = write::tlv(tag, text);
        let der = write::sequence(&[write::set_of(&[write::sequence(&[write::oid(&oids::AT_COMMON_NAME), value])])]);
        Name::from_der(&der).expect("reads")
    }

    #[test]
    fn case_white_space_and_string_type_do_not_matter_letters_do() {
        let name = one(tag::PRINTABLE_STRING, b"Good  CA ");
        assert!(name.matches(&one(tag::UTF8_STRING, "good ca".as_bytes())));
        assert!(!name.matches(&one(tag::UTF8_STRING, "goodca".as_bytes())));
        let precomposed = one(tag::UTF8_STRING, "Ủy ban".as_bytes());
        let decomposed: String = "ỦY BAN".nfd().collect();
        assert!(precomposed.matches(&one(tag::UTF8_STRING, decomposed.as_bytes())));
        assert!(!precomposed.matches(&one(tag::UTF8_STRING, "Uy ban".as_bytes())));
    }

    #[test]
    fn vietnamese_text_is_shown_as_it_stands_and_control_characters_are_not() {
        let name = Name::build(&[
            (oids::AT_COUNTRY, "VN"),
            (oids::AT_ORGANIZATION, "UBND tỉnh Nghệ An, văn phòng"),
            (oids::AT_COMMON_NAME, "Nguyễn Văn\u{1b}[31m A\u{202e}\u{2028}"),
        ]);
        assert_eq!(
            name.to_string(),
            "CN=Nguyễn Văn\\1b[31m A\\e2\\80\\ae\\e2\\80\\a8, O=UBND tỉnh Nghệ An\\, văn phòng, C=VN"
        );
        let again = Name::from_der(name.der()).expect("reads");
        assert!(again.matches(&name));
        assert_eq!(again.rdns(), name.rdns());
    }

    #[test]
    fn subtree_is_by_whole_levels() {
        let base = Name::build(&[(oids::AT_COUNTRY, "VN"), (oids::AT_ORGANIZATION, "A")]);
        let inside =
            Name::build(&[(oids::AT_COUNTRY, "vn"), (oids::AT_ORGANIZATION, "a"), (oids::AT_COMMON_NAME, "x")]);
        let outside = Name::build(&[(oids::AT_COUNTRY, "VN"), (oids::AT_ORGANIZATION, "AB")]);
        assert!(inside.is_within(&base) && base.is_within(&base));
        assert!(!outside.is_within(&base) && !base.is_within(&inside));
    }

    #[test]
    fn attributes_past_the_bound_are_refused() {
        let many = vec![(oids::AT_COMMON_NAME, "x"); MAX_ATTRIBUTES + 1];
        let der = Name::build(&many).der().to_vec();
        assert_eq!(Name::from_der(&der).err(), Some(X509Error::TooMany { bound: MAX_ATTRIBUTES }));
        assert!(Name::from_der(Name::build(&many[1..]).der()).is_ok());
    }
}
