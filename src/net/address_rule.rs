//! Which addresses an URL found in a file may lead to: public ones only, unless the operator says otherwise.
//!
//! The rule is applied to the addresses that are connected to, not to names, on every hop, so that neither a
//! redirect nor a changing name server leads inside (SSRF, DNS rebinding).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What may be connected to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AddressRule {
    /// Addresses of the public internet only (IANA special-purpose registries, RFC 6890).
    #[default]
    PublicOnly,
    /// Any address: for closed networks such as the state's own, and for loopback in `demo`.
    Any,
}

impl AddressRule {
    /// Whether `address` may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        self == AddressRule::Any || is_public(address)
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_unspecified()
        || a == 0
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || (a == 100 && (64..128).contains(&b)) // shared address space, RFC 6598
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99) // 6to4 relays
        || (a == 198 && (b == 18 || b == 19)) // benchmarking, RFC 2544
        || address.is_documentation()
        || address.is_multicast()
        || a >= 240) // reserved and broadcast
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    match segments {
        // unspecified, loopback and the deprecated IPv4-compatible form
        [0, 0, 0, 0, 0, 0, _, _] => false,
        // NAT64, RFC 6052
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, 1, ..] => false,
        // 6to4, RFC 3056
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo and the other protocol assignments, documentation, discard
        [0x2001, 0..0x200, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..0x1000, ..] | [0x100, 0, 0, 0, ..] => false,
        // unique local fc00::/7, link-local fe80::/10, site-local fec0::/10, multicast ff00::/8
        [first, ..] if first >= 0xfc00 => false,
        // global unicast is 2000::/3
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_special_addresses_are_refused_in_every_disguise() {
        for text in [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.5",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:0:1::",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            let address: IpAddr = text.parse().expect(text);
            assert!(!AddressRule::PublicOnly.allows(address), "{text}");
            assert!(AddressRule::Any.allows(address), "{text}");
        }
    }

    #[test]
    fn public_addresses_just_past_the_edges_are_allowed() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2002:101:101::",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
        ] {
            assert!(AddressRule::PublicOnly.allows(text.parse().expect(text)), "{text}");
        }
    }
}
