//! Object identifiers, kept as the content bytes of their DER form.

use std::fmt;

/// An object identifier: the content octets of X.690 8.19, without tag and length.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Oid(std::borrow::Cow<'static, [u8]>);

impl Oid {
    /// An identifier known at compile time, from its DER content octets.
    pub const fn from_static(content: &'static [u8]) -> Self {
        Oid(std::borrow::Cow::Borrowed(content))
    }

    /// An identifier read from a file, from its DER content octets.
    pub fn from_content(content: &[u8]) -> Self {
        Oid(std::borrow::Cow::Owned(content.to_vec()))
    }

    /// Reads the dotted form, `1.2.840.113549.1.1.11`.
    pub fn parse(dotted: &str) -> Option<Self> {
        let mut arcs = dotted.split('.').map(|a| a.parse::<u64>().ok());
        let (first, second) = (arcs.next()??, arcs.next()??);
        if first > 2 || (first < 2 && second > 39) {
            return None;
        }
        let mut content = Vec::new();
        push_arc(&mut content, first.checked_mul(40)?.checked_add(second)?);
        for arc in arcs {
            push_arc(&mut content, arc?);
        }
        Some(Oid(std::borrow::Cow::Owned(content)))
    }

    /// The DER content octets.
    pub fn content(&self) -> &[u8] {
        &self.0
    }
}

fn push_arc(out: &mut Vec<u8>, arc: u64) {
    let mut groups = [0u8; 10];
    let mut at = groups.len();
    let mut rest = arc;
    loop {
        at -= 1;
        groups[at] = u8::try_from(rest & 0x7f).unwrap_or(0) | if at == groups.len() - 1 { 0 } else { 0x80 };
        rest >>= 7;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&groups[at..]);
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut first = true;
        for byte in self.0.iter() {
            arc = (arc << 7 | u128::from(byte & 0x7f)) & (u128::MAX >> 8);
            if byte & 0x80 == 0 {
                if first {
                    let root = (arc / 40).min(2);
                    write!(f, "{root}.{}", arc - root * 40)?;
                    first = false;
                } else {
                    write!(f, ".{arc}")?;
                }
                arc = 0;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_form_round_trips() {
        for text in ["1.2.840.113549.1.1.11", "2.16.704.1.1.1.1.1", "2.5.29.32.0", "0.4.0.1862.1.1", "2.999.3"] {
            assert_eq!(Oid::parse(text).expect("valid").to_string(), text);
        }
        assert_eq!(
            Oid::parse("1.2.840.113549.1.7.2").expect("valid").content(),
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]
        );
    }

    #[test]
    fn impossible_roots_are_refused() {
        for text in ["3.1", "1.40", "1", "", "1.2.x"] {
            assert_eq!(Oid::parse(text), None, "{text}");
        }
    }
}
