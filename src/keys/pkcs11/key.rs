//! One private key on a token: found, understood, and used by many workers through a session each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::Ulong;

use super::token::{Login, refusal};
use super::{KeyEntry, Patience, RsaPadding, TokenError, TokenUri};
use crate::algorithms::public_key::{
    Curve, ED25519, KeyKind, RSA_ENCRYPTION, RSASSA_PSS, key_bits, named_curve, same_key, spki_for_curve,
};
use crate::algorithms::{DigestAlgorithm, SignatureScheme};
use crate::asn1::read::tag;
use crate::asn1::{AlgorithmIdentifier, Tlv, write};
use crate::keys::software::order_chain;
use crate::keys::{KeyError, OpenedKey, Signer};
use crate::x509::Certificate;

/// Most keys and certificates of one token that are looked at.
const MAX_OBJECTS: usize = 256;
/// Longest certificate read from a token, octets.
const MAX_CERTIFICATE: usize = 64 << 10;
/// Most sessions opened for one key.
const MAX_SESSIONS: usize = 64;

/// A private key on a token, logged in to. Signing opens a session for each thread that signs at the same time.
pub struct TokenKey {
    how: How,
    scheme: SignatureScheme,
    spki: Vec<u8>,
    offered: Vec<MechanismType>,
    patience: Patience,
    /// Shared with the calls under way, so that it outlives one that is given up on; `None` once dropped.
    access: Option<Arc<Access>>,
    /// Seconds after which a call was given up on: the next one would hang like it.
    silent: OnceLock<u64>,
}

/// The token with its sessions.
struct Access {
    login: Login,
    key: ObjectHandle,
    asks_each_time: bool,
    gone: AtomicBool,
    pool: Mutex<Pool>,
    freed: Condvar,
}

struct Pool {
    idle: Vec<Session>,
    open: usize,
    limit: usize,
}

/// How the token is asked: with a mechanism that hashes, or hashed by us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum How {
    Rsa { digest: DigestAlgorithm, hashes: bool },
    Pss { digest: DigestAlgorithm, hashes: bool },
    Ecdsa { digest: DigestAlgorithm, hashes: bool },
    Ed25519,
}

struct Found {
    handle: ObjectHandle,
    label: String,
    id: Vec<u8>,
    public_key: Option<Vec<u8>>,
    kind: Option<KeyType>,
    asks_each_time: bool,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKey").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl Login {
    /// Opens the one private key that fits the URI's `object` and `id`, with the certificates of the token. `given` are
    /// certificates from elsewhere: they say what key it is where the token does not.
    ///
    /// # Errors
    /// [`TokenError::NoKey`], [`TokenError::AmbiguousKey`], [`TokenError::NoMechanism`], and the token's refusals.
    pub fn open_key(self, uri: &TokenUri, given: &[Certificate], padding: RsaPadding) -> Result<OpenedKey, TokenError> {
        let (uri, given) = (uri.clone(), given.to_vec());
        self.token.module.patience.clone().wait(move || self.open_key_now(&uri, &given, padding))?
    }

    fn open_key_now(self, uri: &TokenUri, given: &[Certificate], padding: RsaPadding) -> Result<OpenedKey, TokenError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = private_keys(&session)?;
        keys.retain(|key| {
            uri.id.as_ref().is_none_or(|id| *id == key.id) && uri.object.as_ref().is_none_or(|o| *o == key.label)
        });
        let certificates = certificates(&session)?;
        let mut key = match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => key,
            (None, _) => return Err(TokenError::NoKey),
            (Some(last), false) => {
                keys.push(last);
                return Err(TokenError::AmbiguousKey { found: keys.iter().map(|key| self.uri_of(key)).collect() });
            }
        };
        let own = certificates.iter().find(|(id, _, _)| !id.is_empty() && *id == key.id).map(|(_, _, c)| c);
        let spki = match key.public_key.take().or_else(|| public_half(&session, &key)) {
            Some(spki) => spki,
            None => {
                let one = own.or(given.first()).ok_or(TokenError::NoMechanism("it shows no public key"))?;
                one.spki().to_vec()
            }
        };
        // A certificate that says the key is for PSS only is the word of its issuer (RFC 4055 §1.2).
        let pss_only = own.or(given.first()).is_some_and(|c| is_pss_only(c.spki()));
        let padding = if pss_only { RsaPadding::Pss } else { padding };
        let offered = self.token.module.pkcs11.get_mechanism_list(self.token.slot).map_err(|e| refusal(&e))?;
        let (how, scheme) = choose(&spki, padding, &offered)?;
        let chain = match own {
            // The one filed under the key comes first even when it does not fit, so that it can be named.
            Some(own) if !certificates.iter().any(|(_, _, c)| same_key(c.spki(), &spki)) => vec![own.clone()],
            None if !certificates.iter().any(|(_, _, c)| same_key(c.spki(), &spki)) => Vec::new(),
            _ => order_chain(&spki, certificates.iter().map(|(_, _, c)| c.clone()).collect()),
        };
        drop(session);
        let limit = if self.token.module.threads { MAX_SESSIONS } else { 1 };
        let patience = self.token.module.patience.clone();
        let access = Access {
            login: self,
            key: key.handle,
            asks_each_time: key.asks_each_time,
            gone: AtomicBool::new(false),
            pool: Mutex::new(Pool { idle: Vec::new(), open: 0, limit }),
            freed: Condvar::new(),
        };
        let signer =
            TokenKey { how, scheme, spki, offered, patience, access: Some(Arc::new(access)), silent: OnceLock::new() };
        Ok(OpenedKey { signer: Box::new(signer), chain })
    }

    /// Keys and certificates that are seen: all after a login, before it what is public.
    ///
    /// # Errors
    /// [`TokenError::Gone`], [`TokenError::Refused`] or [`TokenError::Silent`].
    pub fn entries(self) -> Result<Vec<KeyEntry>, TokenError> {
        self.token.module.patience.clone().wait(move || self.entries_now())?
    }

    fn entries_now(&self) -> Result<Vec<KeyEntry>, TokenError> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = Vec::new();
        let mut certificates = certificates(&session)?;
        for key in private_keys(&session)? {
            let public_key = key.public_key.clone().or_else(|| public_half(&session, &key));
            let same = |c: &Certificate| public_key.as_deref().map(|spki| same_key(spki, c.spki()));
            let filed = certificates.iter().position(|(id, _, c)| *id == key.id && same(c) != Some(false));
            let own = filed.or_else(|| certificates.iter().position(|(_, _, c)| same(c) == Some(true)));
            let certificate = own.map(|at| certificates.remove(at).2);
            entries.push(KeyEntry { label: key.label, id: key.id, public_key, private_seen: true, certificate });
        }
        for (id, label, certificate) in certificates {
            if certificate.is_ca() {
                continue;
            }
            let public_key = Some(certificate.spki().to_vec());
            entries.push(KeyEntry { label, id, public_key, private_seen: false, certificate: Some(certificate) });
        }
        Ok(entries)
    }

    fn uri_of(&self, key: &Found) -> String {
        let uri = TokenUri {
            token: Some(self.token.facts().label.clone()),
            object: Some(key.label.clone()).filter(|l| !l.is_empty()),
            id: Some(key.id.clone()).filter(|id| !id.is_empty()),
            ..TokenUri::default()
        };
        uri.to_string()
    }
}

impl Signer for TokenKey {
    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn public_key(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.sign_so(self.how, message)?)
    }

    fn scheme_with(&self, digest: DigestAlgorithm) -> Option<SignatureScheme> {
        self.how.with_digest(digest, &self.offered).map(|how| how.scheme())
    }

    fn sign_as(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let how = self.how.with_digest(scheme.digest(), &self.offered).filter(|how| how.scheme() == scheme);
        let how = how.ok_or(TokenError::NoMechanism("it has no such mechanism"))?;
        Ok(self.sign_so(how, message)?)
    }
}

impl Drop for TokenKey {
    // Closing sessions is a call like the others.
    fn drop(&mut self) {
        if let Some(access) = self.access.take()
            && self.silent.get().is_none()
        {
            let _ = self.patience.wait(move || drop(access));
        }
    }
}

impl TokenKey {
    fn sign_so(&self, how: How, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        if let Some(seconds) = self.silent.get() {
            return Err(TokenError::Silent { seconds: *seconds });
        }
        let access = self.access.clone().ok_or(TokenError::Gone)?;
        let message = message.to_vec();
        let value = self.patience.wait(move || access.sign_once(how, &message));
        if let Err(TokenError::Silent { seconds }) = value {
            let _ = self.silent.set(seconds);
        }
        value?
    }
}

impl Access {
    // Never tries twice: a token may count what it refused.
    fn sign_once(&self, how: How, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let session = self.take_session()?;
        let value = self.sign_in(&session, how, message);
        match value {
            Ok(value) => {
                self.give_back(session);
                finish(how, value)
            }
            Err(error) => {
                self.close(session);
                Err(self.judge(&error))
            }
        }
    }

    fn sign_in(&self, session: &Session, how: How, message: &[u8]) -> Result<Vec<u8>, Error> {
        let input = how.input(message);
        let mechanism = how.mechanism();
        if !self.asks_each_time {
            return session.sign(&mechanism, self.key, &input);
        }
        session.sign_init(&mechanism, self.key)?;
        session.login(UserType::ContextSpecific, self.login.pin.as_ref())?;
        session.sign_update(&input)?;
        session.sign_final()
    }

    fn judge(&self, error: &Error) -> TokenError {
        let mut found = refusal(error);
        // Drivers say many things when a token is pulled out: ask the slot.
        if matches!(found, TokenError::Refused(_)) {
            let slot = self.login.token.module.pkcs11.get_slot_info(self.login.token.slot);
            if slot.is_ok_and(|slot| !slot.token_present()) {
                found = TokenError::Gone;
            }
        }
        if found == TokenError::Gone {
            self.gone.store(true, Ordering::Relaxed);
            self.freed.notify_all();
        }
        found
    }

    fn take_session(&self) -> Result<Session, TokenError> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.gone.load(Ordering::Relaxed) {
                return Err(TokenError::Gone);
            }
            if let Some(session) = pool.idle.pop() {
                return Ok(session);
            }
            if pool.open < pool.limit {
                match self.login.token.module.pkcs11.open_ro_session(self.login.token.slot) {
                    Ok(session) => {
                        pool.open += 1;
                        return Ok(session);
                    }
                    Err(Error::Pkcs11(RvError::SessionCount, _)) if pool.open > 0 => pool.limit = pool.open,
                    Err(error) => {
                        drop(pool);
                        return Err(self.judge(&error));
                    }
                }
                continue;
            }
            pool = self.freed.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, session: Session) {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).idle.push(session);
        self.freed.notify_one();
    }

    // What a failed session was doing is not known: the next signature gets a new one.
    fn close(&self, session: Session) {
        drop(session);
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.open = pool.open.saturating_sub(1);
        drop(pool);
        self.freed.notify_one();
    }
}

fn finish(how: How, value: Vec<u8>) -> Result<Vec<u8>, TokenError> {
    match how {
        How::Ecdsa { .. } => to_der(&value).ok_or_else(|| TokenError::Refused("it gave no ECDSA value".to_owned())),
        _ => Ok(value),
    }
}

impl How {
    /// The scheme its values verify under.
    fn scheme(self) -> SignatureScheme {
        match self {
            How::Rsa { digest, .. } => SignatureScheme::RsaPkcs1v15(digest),
            How::Pss { digest, .. } => {
                SignatureScheme::RsaPss { digest, mgf_digest: digest, salt_len: digest.output_len() }
            }
            How::Ecdsa { digest, .. } => SignatureScheme::Ecdsa(digest),
            How::Ed25519 => SignatureScheme::Ed25519,
        }
    }

    /// The same with another SHA-2 digest, as far as the token offers a mechanism for it.
    fn with_digest(self, digest: DigestAlgorithm, offered: &[MechanismType]) -> Option<How> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let combined = match (self, digest) {
            (How::Ed25519, Sha512) => return Some(How::Ed25519),
            (How::Rsa { .. }, Sha256) => MechanismType::SHA256_RSA_PKCS,
            (How::Rsa { .. }, Sha384) => MechanismType::SHA384_RSA_PKCS,
            (How::Rsa { .. }, Sha512) => MechanismType::SHA512_RSA_PKCS,
            (How::Pss { .. }, Sha256) => MechanismType::SHA256_RSA_PKCS_PSS,
            (How::Pss { .. }, Sha384) => MechanismType::SHA384_RSA_PKCS_PSS,
            (How::Pss { .. }, Sha512) => MechanismType::SHA512_RSA_PKCS_PSS,
            (How::Ecdsa { .. }, Sha256) => MechanismType::ECDSA_SHA256,
            (How::Ecdsa { .. }, Sha384) => MechanismType::ECDSA_SHA384,
            (How::Ecdsa { .. }, Sha512) => MechanismType::ECDSA_SHA512,
            _ => return None,
        };
        let raw = match self {
            How::Rsa { .. } => MechanismType::RSA_PKCS,
            How::Pss { .. } => MechanismType::RSA_PKCS_PSS,
            How::Ecdsa { .. } | How::Ed25519 => MechanismType::ECDSA,
        };
        let hashes = offered.contains(&combined);
        if !hashes && !offered.contains(&raw) {
            return None;
        }
        Some(match self {
            How::Rsa { .. } => How::Rsa { digest, hashes },
            How::Pss { .. } => How::Pss { digest, hashes },
            How::Ecdsa { .. } => How::Ecdsa { digest, hashes },
            How::Ed25519 => How::Ed25519,
        })
    }

    fn input(self, message: &[u8]) -> std::borrow::Cow<'_, [u8]> {
        match self {
            How::Rsa { hashes: true, .. } | How::Pss { hashes: true, .. } | How::Ecdsa { hashes: true, .. } => {
                message.into()
            }
            How::Ed25519 => message.into(),
            // DigestInfo, RFC 8017 §9.2.
            How::Rsa { digest, .. } => {
                let algorithm = write::algorithm(&digest.oid(), Some(&write::null()));
                write::sequence(&[algorithm, write::octet_string(&digest.digest(message))]).into()
            }
            How::Pss { digest, .. } | How::Ecdsa { digest, .. } => digest.digest(message).into(),
        }
    }

    fn mechanism(self) -> Mechanism<'static> {
        use DigestAlgorithm::{Sha384, Sha512};
        match self {
            How::Rsa { hashes: false, .. } => Mechanism::RsaPkcs,
            How::Rsa { digest: Sha384, .. } => Mechanism::Sha384RsaPkcs,
            How::Rsa { digest: Sha512, .. } => Mechanism::Sha512RsaPkcs,
            How::Rsa { .. } => Mechanism::Sha256RsaPkcs,
            How::Pss { hashes: false, digest } => Mechanism::RsaPkcsPss(pss_parameters(digest)),
            How::Pss { digest: digest @ Sha384, .. } => Mechanism::Sha384RsaPkcsPss(pss_parameters(digest)),
            How::Pss { digest: digest @ Sha512, .. } => Mechanism::Sha512RsaPkcsPss(pss_parameters(digest)),
            How::Pss { digest, .. } => Mechanism::Sha256RsaPkcsPss(pss_parameters(digest)),
            How::Ecdsa { hashes: false, .. } => Mechanism::Ecdsa,
            How::Ecdsa { digest: Sha384, .. } => Mechanism::EcdsaSha384,
            How::Ecdsa { digest: Sha512, .. } => Mechanism::EcdsaSha512,
            How::Ecdsa { .. } => Mechanism::EcdsaSha256,
            How::Ed25519 => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure)),
        }
    }
}

// The salt is as long as the digest, MGF1 has the same digest (RFC 8017 §9.1, RFC 4055 §3.1).
fn pss_parameters(digest: DigestAlgorithm) -> PkcsPssParams {
    let (hash_alg, mgf) = match digest {
        DigestAlgorithm::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
        DigestAlgorithm::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
        _ => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
    };
    let length = u8::try_from(digest.output_len()).unwrap_or(32);
    PkcsPssParams { hash_alg, mgf, s_len: Ulong::from(std::ffi::c_ulong::from(length)) }
}

/// How the token signs with this key, and what comes out.
fn choose(spki: &[u8], padding: RsaPadding, offered: &[MechanismType]) -> Result<(How, SignatureScheme), TokenError> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    let has = |mechanism| offered.contains(&mechanism);
    let either = |combined, raw, missing| match (has(combined), has(raw)) {
        (true, _) => Ok(true),
        (false, true) => Ok(false),
        (false, false) => Err(TokenError::NoMechanism(missing)),
    };
    let (kind, bits) = key_bits(spki).map_err(|_| TokenError::NoMechanism("its public key cannot be read"))?;
    let ecdsa = |digest, combined| {
        let hashes = either(combined, MechanismType::ECDSA, "it has no ECDSA")?;
        Ok((How::Ecdsa { digest, hashes }, SignatureScheme::Ecdsa(digest)))
    };
    match kind {
        KeyKind::Rsa if bits < 2_048 => Err(TokenError::NoMechanism("an RSA key below 2048 bits is not signed with")),
        KeyKind::Rsa => {
            let pss = || {
                let missing = "it has no RSASSA-PSS";
                let hashes = either(MechanismType::SHA256_RSA_PKCS_PSS, MechanismType::RSA_PKCS_PSS, missing)?;
                let scheme = SignatureScheme::RsaPss { digest: Sha256, mgf_digest: Sha256, salt_len: 32 };
                Ok((How::Pss { digest: Sha256, hashes }, scheme))
            };
            if padding == RsaPadding::Pss {
                return pss();
            }
            match either(MechanismType::SHA256_RSA_PKCS, MechanismType::RSA_PKCS, "") {
                Ok(hashes) => Ok((How::Rsa { digest: Sha256, hashes }, SignatureScheme::RsaPkcs1v15(Sha256))),
                Err(_) => pss(),
            }
        }
        KeyKind::Ec(Curve::P256) => ecdsa(Sha256, MechanismType::ECDSA_SHA256),
        KeyKind::Ec(Curve::P384) => ecdsa(Sha384, MechanismType::ECDSA_SHA384),
        KeyKind::Ec(Curve::P521) => ecdsa(Sha512, MechanismType::ECDSA_SHA512),
        KeyKind::Ed25519 if has(MechanismType::EDDSA) => Ok((How::Ed25519, SignatureScheme::Ed25519)),
        KeyKind::Ed25519 => Err(TokenError::NoMechanism("it has no EdDSA")),
        KeyKind::Dsa | KeyKind::Other(_) => Err(TokenError::NoMechanism("keys of this kind are not supported")),
    }
}

fn private_keys(session: &Session) -> Result<Vec<Found>, TokenError> {
    let wanted = [
        AttributeType::Label,
        AttributeType::Id,
        AttributeType::KeyType,
        AttributeType::Sign,
        AttributeType::AlwaysAuthenticate,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
    ];
    let mut keys = Vec::new();
    for handle in objects(session, ObjectClass::PRIVATE_KEY)? {
        let mut key =
            Found { handle, label: String::new(), id: Vec::new(), public_key: None, kind: None, asks_each_time: false };
        let (mut modulus, mut exponent, mut signs) = (None, None, true);
        for attribute in session.get_attributes(handle, &wanted).map_err(|e| refusal(&e))? {
            match attribute {
                Attribute::Label(label) => key.label = text(&label),
                Attribute::Id(id) => key.id = id,
                Attribute::KeyType(kind) => key.kind = Some(kind),
                Attribute::Sign(may) => signs = may,
                Attribute::AlwaysAuthenticate(each_time) => key.asks_each_time = each_time,
                Attribute::Modulus(n) => modulus = Some(n),
                Attribute::PublicExponent(e) => exponent = Some(e),
                _ => {}
            }
        }
        if let (Some(n), Some(e)) = (modulus, exponent)
            && !n.is_empty()
            && !e.is_empty()
        {
            key.public_key = Some(rsa_spki(&n, &e));
        }
        if signs {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// The public half from the public key object beside the private one; elliptic keys do not show it themselves.
fn public_half(session: &Session, key: &Found) -> Option<Vec<u8>> {
    let mut template = vec![Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(key.id.clone())];
    template.extend(key.kind.map(Attribute::KeyType));
    let handle = session.find_objects(&template).ok()?.into_iter().next()?;
    let wanted =
        [AttributeType::EcParams, AttributeType::EcPoint, AttributeType::Modulus, AttributeType::PublicExponent];
    let (mut parameters, mut point, mut modulus, mut exponent) = (None, None, None, None);
    for attribute in session.get_attributes(handle, &wanted).ok()? {
        match attribute {
            Attribute::EcParams(value) => parameters = Some(value),
            Attribute::EcPoint(value) => point = Some(value),
            Attribute::Modulus(value) => modulus = Some(value),
            Attribute::PublicExponent(value) => exponent = Some(value),
            _ => {}
        }
    }
    match (parameters, point, modulus, exponent) {
        (Some(parameters), Some(point), _, _) => curve_spki(&parameters, &point),
        (_, _, Some(n), Some(e)) => Some(rsa_spki(&n, &e)),
        _ => None,
    }
}

/// `CKA_ID`, label and certificate of every X.509 certificate that can be read.
fn certificates(session: &Session) -> Result<Vec<(Vec<u8>, String, Certificate)>, TokenError> {
    let wanted = [AttributeType::Id, AttributeType::Label, AttributeType::CertificateType, AttributeType::Value];
    let mut found = Vec::new();
    for handle in objects(session, ObjectClass::CERTIFICATE)? {
        let (mut id, mut label, mut value, mut x509) = (Vec::new(), String::new(), Vec::new(), true);
        for attribute in session.get_attributes(handle, &wanted).map_err(|e| refusal(&e))? {
            match attribute {
                Attribute::Id(of) => id = of,
                Attribute::Label(name) => label = text(&name),
                Attribute::CertificateType(kind) => x509 = kind == CertificateType::X_509,
                Attribute::Value(der) => value = der,
                _ => {}
            }
        }
        if x509
            && value.len() <= MAX_CERTIFICATE
            && let Ok(certificate) = Certificate::from_der(&value)
        {
            found.push((id, label, certificate));
        }
    }
    Ok(found)
}

fn objects(session: &Session, class: ObjectClass) -> Result<Vec<ObjectHandle>, TokenError> {
    let template = [Attribute::Class(class), Attribute::Token(true)];
    let mut found = session.find_objects(&template).map_err(|e| refusal(&e))?;
    found.truncate(MAX_OBJECTS);
    Ok(found)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\0', ' ']).to_owned()
}

fn is_pss_only(spki: &[u8]) -> bool {
    let algorithm = || {
        let outer = Tlv::parse(spki).ok()?;
        AlgorithmIdentifier::read(&mut outer.reader()).ok()
    };
    algorithm().is_some_and(|a| a.oid == RSASSA_PSS)
}

fn rsa_spki(n: &[u8], e: &[u8]) -> Vec<u8> {
    let key = write::sequence(&[write::integer_unsigned(n), write::integer_unsigned(e)]);
    write::sequence(&[write::algorithm(&RSA_ENCRYPTION, Some(&write::null())), write::bit_string(&key)])
}

// PKCS #11 v3.0 2.3.3: CKA_EC_PARAMS is an identifier or the curve's name, CKA_EC_POINT an OCTET STRING around the
// point; some modules give the point itself.
fn curve_spki(parameters: &[u8], point: &[u8]) -> Option<Vec<u8>> {
    const PRINTABLE_STRING: u8 = 0x13;
    let parameters = Tlv::parse(parameters).ok()?;
    let inner = Tlv::parse(point).ok().filter(|p| p.tag == tag::OCTET_STRING).map(|p| p.content);
    let of_length = |length: usize| [inner.unwrap_or_default(), point].into_iter().find(|p| p.len() == length);
    let edwards = parameters.tag == PRINTABLE_STRING && parameters.content == b"edwards25519";
    if edwards || parameters.as_oid().is_ok_and(|oid| oid == ED25519) {
        let point = of_length(32)?;
        return Some(write::sequence(&[write::algorithm(&ED25519, None), write::bit_string(point)]));
    }
    let curve = named_curve(&parameters.as_oid().ok()?)?;
    let length = match curve {
        Curve::P256 => 65,
        Curve::P384 => 97,
        Curve::P521 => 133,
    };
    Some(spki_for_curve(curve, of_length(length)?))
}

/// Ecdsa-Sig-Value (RFC 3279 §2.2.3) from the two halves tokens give.
fn to_der(value: &[u8]) -> Option<Vec<u8>> {
    if value.is_empty() || !value.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = value.split_at_checked(value.len() / 2)?;
    Some(write::sequence(&[write::integer_unsigned(r), write::integer_unsigned(s)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::software;

    fn spki_of(name: &str) -> Vec<u8> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys").join(name);
        let key = software::open(&std::fs::read(path).expect("the fixture"), None).expect("opens");
        key.signer.public_key().to_vec()
    }

    #[test]
    fn the_combined_mechanism_is_taken_where_there_is_one_and_the_raw_one_else() {
        use DigestAlgorithm::{Sha256, Sha384};
        let chosen = |spki: &[u8], offered: &[MechanismType]| choose(spki, RsaPadding::Pkcs1v15, offered);
        let (rsa, p384) = (spki_of("rsa.pem"), spki_of("p384.pem"));
        let all = [MechanismType::RSA_PKCS, MechanismType::SHA256_RSA_PKCS];
        assert_eq!(chosen(&rsa, &all).expect("signs").0, How::Rsa { digest: Sha256, hashes: true });
        assert_eq!(chosen(&rsa, &all[..1]).expect("signs").0, How::Rsa { digest: Sha256, hashes: false });
        let pss = chosen(&rsa, &[MechanismType::RSA_PKCS_PSS]).expect("signs");
        assert_eq!(pss.0, How::Pss { digest: Sha256, hashes: false });
        let raw = chosen(&p384, &[MechanismType::ECDSA]).expect("signs");
        assert_eq!(raw, (How::Ecdsa { digest: Sha384, hashes: false }, SignatureScheme::Ecdsa(Sha384)));
        assert!(chosen(&p384, &all).is_err());
        assert!(choose(&rsa, RsaPadding::Pss, &all).is_err());
    }

    #[test]
    fn another_digest_takes_its_own_mechanism_and_the_raw_one_where_that_is_missing() {
        use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        let rsa = How::Rsa { digest: Sha256, hashes: true };
        let raw_too = [MechanismType::RSA_PKCS, MechanismType::SHA256_RSA_PKCS];
        assert_eq!(rsa.with_digest(Sha512, &raw_too), Some(How::Rsa { digest: Sha512, hashes: false }));
        assert_eq!(rsa.with_digest(Sha512, &raw_too[1..]), None);
        assert_eq!(rsa.with_digest(Sha1, &raw_too), None);
        let ecdsa = How::Ecdsa { digest: Sha256, hashes: false };
        let both = [MechanismType::ECDSA, MechanismType::ECDSA_SHA384];
        assert_eq!(ecdsa.with_digest(Sha384, &both), Some(How::Ecdsa { digest: Sha384, hashes: true }));
        assert_eq!(How::Ed25519.with_digest(Sha256, &[MechanismType::EDDSA]), None);
        let pss = How::Pss { digest: Sha384, hashes: true }.scheme();
        assert_eq!(pss, SignatureScheme::RsaPss { digest: Sha384, mgf_digest: Sha384, salt_len: 48 });
    }

    #[test]
    fn a_raw_rsa_input_is_the_digest_info() {
        let input = How::Rsa { digest: DigestAlgorithm::Sha256, hashes: false }.input(b"abc").into_owned();
        assert_eq!(input.len(), 51);
        assert_eq!(input[..19], *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20");
    }

    #[test]
    fn points_are_read_wrapped_and_bare_and_others_are_not() {
        let parameters = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        let spki = spki_of("p256.pem");
        let bare = &spki[spki.len() - 65..];
        assert_eq!(curve_spki(&parameters, bare), Some(spki.clone()));
        assert_eq!(curve_spki(&parameters, &write::octet_string(bare)), Some(spki.clone()));
        assert_eq!(curve_spki(&parameters, &bare[1..]), None);
        assert_eq!(curve_spki(b"\x13\x0cedwards25519", &write::octet_string(&[7; 32])).map(|s| s.len()), Some(44));
    }

    #[test]
    fn two_halves_become_a_sequence_and_odd_lengths_nothing() {
        assert_eq!(to_der(&[0, 1, 0x80, 2]), Some(vec![0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 2]));
        assert_eq!(to_der(&[1, 2, 3]), None);
        assert_eq!(to_der(&[]), None);
    }
}
