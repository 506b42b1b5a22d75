//! Keys on tokens — PKCS #11 v3.0 (OASIS), named by RFC 7512 URIs.
//!
//! [`Module::load`] → [`Module::find_token`] → [`Token::check`] → [`Token::login`] → [`Login::open_key`]. The steps are
//! apart so that a PIN is asked for only once the token is known to be there and to take it: one PIN, one login, no try
//! of our own. What a token says about earlier wrong tries is in [`TokenFacts`]. How long a module is waited for is in
//! [`Patience`].

#[cfg(feature = "pkcs11")]
mod key;
#[cfg(feature = "pkcs11")]
mod patience;
#[cfg(feature = "pkcs11")]
mod token;
mod uri;

#[cfg(feature = "pkcs11")]
pub use key::TokenKey;
#[cfg(feature = "pkcs11")]
pub use patience::Patience;
#[cfg(feature = "pkcs11")]
pub use token::{Login, Module, Token};
pub use uri::{SCHEME, TokenUri, UriError};

use crate::x509::Certificate;

/// How many tries a token's PIN has left, as far as the token says (`CK_TOKEN_INFO`, flags).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PinState {
    /// Nothing to say.
    #[default]
    Normal,
    /// A wrong PIN was given since the last right one (`CKF_USER_PIN_COUNT_LOW`).
    WrongTryMade,
    /// The next wrong PIN locks the token (`CKF_USER_PIN_FINAL_TRY`).
    LastTry,
    /// Locked (`CKF_USER_PIN_LOCKED`).
    Locked,
    /// No PIN was ever set.
    NotSet,
}

/// What a token says about itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenFacts {
    /// Number of its slot.
    pub slot_id: u64,
    /// Label.
    pub label: String,
    /// Manufacturer.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// A token without a label was never set up.
    pub initialised: bool,
    /// Its keys are used only after login.
    pub login_required: bool,
    /// The PIN is typed on the token's own keys.
    pub own_keypad: bool,
    /// The PIN must be changed (`CKF_USER_PIN_TO_BE_CHANGED`).
    pub pin_to_be_changed: bool,
    /// Tries left.
    pub pin: PinState,
}

/// What stands on a token: a private key, a certificate, or both under one `CKA_ID`.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// The public half as SubjectPublicKeyInfo, where the token shows it.
    pub public_key: Option<Vec<u8>>,
    /// True when the private key was seen; false before login says nothing.
    pub private_seen: bool,
    /// The certificate of the key.
    pub certificate: Option<Certificate>,
}

/// Padding of RSA signatures.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RsaPadding {
    /// RSASSA-PKCS1-v1_5, or PSS where the key is for PSS only.
    #[default]
    Pkcs1v15,
    /// RSASSA-PSS.
    Pss,
}

/// Why a token's key cannot be opened or used. Never carries a PIN.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The module is no PKCS #11 library, or one of its own libraries is missing.
    #[error("the PKCS #11 module cannot be loaded: {0}")]
    ModuleUnloadable(String),
    /// The module failed.
    #[error("the PKCS #11 module failed: {0}")]
    Module(String),
    /// No token fits.
    #[error("no token fits; present: {}", listed(.present))]
    NoToken {
        /// The labels of those that are there.
        present: Vec<String>,
    },
    /// More than one token fits.
    #[error("more than one token fits: {}", listed(.found))]
    AmbiguousToken {
        /// URIs of the tokens.
        found: Vec<String>,
    },
    /// The token was never set up, or has no PIN yet.
    #[error("the token is not set up for signing")]
    NotSetUp,
    /// The token is locked.
    #[error("the token is locked after too many wrong PINs")]
    PinLocked,
    /// One try is left, and nobody allowed us to use it.
    #[error("the token has one try left before it locks")]
    LastTry,
    /// The PIN is wrong.
    #[error("the PIN is wrong")]
    PinWrong {
        /// What the token says after the try.
        then: PinState,
    },
    /// The PIN is too short or too long for this token; it was not counted as a try.
    #[error("the PIN is shorter or longer than this token's PINs are")]
    PinLength,
    /// The PIN must be changed first.
    #[error("the PIN has expired")]
    PinExpired,
    /// A PIN is needed and none was given.
    #[error("the token asks for a PIN and none was given")]
    PinNeeded,
    /// No key fits.
    #[error("the token holds no private key that fits")]
    NoKey,
    /// More than one key fits.
    #[error("the token holds more than one private key that fits: {}", listed(.found))]
    AmbiguousKey {
        /// URIs of the keys.
        found: Vec<String>,
    },
    /// The token cannot sign with this key in a way we know.
    #[error("the token cannot sign with this key: {0}")]
    NoMechanism(&'static str),
    /// The token was taken out, or its session ended.
    #[error("the token is gone")]
    Gone,
    /// The module did not answer in time.
    #[error("the token has not answered for {seconds} s")]
    Silent {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The token would not do it.
    #[error("the token refused: {0}")]
    Refused(String),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
