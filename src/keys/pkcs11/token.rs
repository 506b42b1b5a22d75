//! Modules, tokens and the one login.

use std::path::Path;
use std::sync::Mutex;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, SlotInfo, TokenInfo};
use cryptoki::types::AuthPin;

use super::{Patience, PinState, TokenError, TokenFacts, TokenUri};

/// Most slots of one module that are looked at.
const MAX_SLOTS: usize = 256;

/// A loaded PKCS #11 library.
#[derive(Clone, Debug)]
pub struct Module {
    pub(super) pkcs11: Pkcs11,
    /// False when the library cannot be called from several threads at once.
    pub(super) threads: bool,
    pub(super) patience: Patience,
}

/// A token in its slot, not logged in.
#[derive(Clone, Debug)]
pub struct Token {
    pub(super) module: Module,
    pub(super) slot: Slot,
    facts: TokenFacts,
}

/// A token that was logged in to, where it asks for it. Dropping it logs out.
#[derive(Debug)]
pub struct Login {
    pub(super) token: Token,
    /// Kept open so that the login lasts.
    pub(super) session: Mutex<Session>,
    /// For keys that ask again before each signature (`CKA_ALWAYS_AUTHENTICATE`).
    pub(super) pin: Option<AuthPin>,
}

impl Module {
    /// Loads and initialises a library, waiting for it and for all it does later with `patience`.
    ///
    /// # Errors
    /// [`TokenError::ModuleUnloadable`], [`TokenError::Module`] or [`TokenError::Silent`].
    pub fn load(path: &Path, patience: Patience) -> Result<Self, TokenError> {
        let (path, waits) = (path.to_owned(), patience.clone());
        waits.wait(move || Self::load_now(&path, patience))?
    }

    fn load_now(path: &Path, patience: Patience) -> Result<Self, TokenError> {
        let pkcs11 = Pkcs11::new(path).map_err(|e| match e {
            Error::LibraryLoading(cause) => TokenError::ModuleUnloadable(cause.to_string()),
            Error::MissingSymbol(name) => TokenError::ModuleUnloadable(format!("it has no {name}")),
            other => TokenError::Module(other.to_string()),
        })?;
        let initialise = |flags| match pkcs11.initialize(CInitializeArgs::new(flags)) {
            // By us, or by another part of this process.
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) | Ok(()) => Ok(()),
            Err(other) => Err(other),
        };
        let threads = match initialise(CInitializeFlags::OS_LOCKING_OK) {
            Ok(()) => true,
            Err(Error::Pkcs11(RvError::CantLock | RvError::NeedToCreateThreads, _)) => {
                initialise(CInitializeFlags::empty()).map_err(|e| TokenError::Module(e.to_string()))?;
                false
            }
            Err(other) => return Err(TokenError::Module(other.to_string())),
        };
        Ok(Module { pkcs11, threads, patience })
    }

    /// Every token that is there and fits the URI, in the order of the slots.
    ///
    /// # Errors
    /// [`TokenError::Module`] or [`TokenError::Silent`].
    pub fn tokens(&self, uri: &TokenUri) -> Result<Vec<Token>, TokenError> {
        let (module, uri) = (self.clone(), uri.clone());
        self.patience.wait(move || Ok(module.tokens_now()?.into_iter().filter(|token| token.fits(&uri)).collect()))?
    }

    fn tokens_now(&self) -> Result<Vec<Token>, TokenError> {
        let slots = self.pkcs11.get_slots_with_token().map_err(|e| TokenError::Module(e.to_string()))?;
        let token = |slot: Slot| {
            // One that is taken out right now is not there.
            let info = self.pkcs11.get_token_info(slot).ok()?;
            Some(Token { module: self.clone(), slot, facts: facts(slot, &info) })
        };
        Ok(slots.into_iter().take(MAX_SLOTS).filter_map(token).collect())
    }

    /// The one token a URI means; without any attribute, the one that is set up.
    ///
    /// # Errors
    /// [`TokenError::NoToken`], [`TokenError::AmbiguousToken`], [`TokenError::Module`], [`TokenError::Silent`].
    pub fn find_token(&self, uri: &TokenUri) -> Result<Token, TokenError> {
        let (module, uri) = (self.clone(), uri.clone());
        self.patience.wait(move || module.find_token_now(&uri))?
    }

    fn find_token_now(&self, uri: &TokenUri) -> Result<Token, TokenError> {
        let all = self.tokens_now()?;
        let present = all.iter().filter(|t| t.facts.initialised).map(|t| t.facts.label.clone()).collect();
        if !self.fits(uri) {
            return Err(TokenError::NoToken { present });
        }
        let mut fitting: Vec<Token> = all.into_iter().filter(|token| token.fits(uri)).collect();
        match (fitting.pop(), fitting.is_empty()) {
            (Some(token), true) => Ok(token),
            (None, _) => Err(TokenError::NoToken { present }),
            (Some(last), false) => {
                fitting.push(last);
                Err(TokenError::AmbiguousToken { found: fitting.iter().map(|t| t.uri().to_string()).collect() })
            }
        }
    }

    fn fits(&self, uri: &TokenUri) -> bool {
        if uri.library_manufacturer.is_none() && uri.library_description.is_none() && uri.library_version.is_none() {
            return true;
        }
        let Ok(info) = self.pkcs11.get_library_info() else { return false };
        let version = info.library_version();
        same(&uri.library_manufacturer, info.manufacturer_id())
            && same(&uri.library_description, info.library_description())
            && uri.library_version.is_none_or(|asked| asked == (version.major(), version.minor()))
    }
}

impl Token {
    /// What the token says about itself.
    pub fn facts(&self) -> &TokenFacts {
        &self.facts
    }

    /// A URI that names this token.
    pub fn uri(&self) -> TokenUri {
        let text = |value: &str| Some(value.to_owned()).filter(|v| !v.is_empty());
        TokenUri {
            token: text(&self.facts.label),
            manufacturer: text(&self.facts.manufacturer),
            serial: text(&self.facts.serial),
            model: text(&self.facts.model),
            ..TokenUri::default()
        }
    }

    /// True when a PIN must be given to [`Token::login`].
    pub fn asks_for_pin(&self) -> bool {
        self.facts.login_required && !self.facts.own_keypad
    }

    /// Whether a login may be tried at all.
    ///
    /// # Errors
    /// [`TokenError::NotSetUp`], [`TokenError::PinLocked`], and [`TokenError::LastTry`] unless `last_try_allowed`.
    pub fn check(&self, last_try_allowed: bool) -> Result<(), TokenError> {
        match self.facts.pin {
            _ if !self.facts.initialised => Err(TokenError::NotSetUp),
            PinState::NotSet => Err(TokenError::NotSetUp),
            PinState::Locked => Err(TokenError::PinLocked),
            PinState::LastTry if !last_try_allowed => Err(TokenError::LastTry),
            _ => Ok(()),
        }
    }

    /// Logs in, once; `pin` is `None` where the token does not ask or has its own keys.
    ///
    /// # Errors
    /// [`TokenError::PinWrong`] with what the token says afterwards, and its other refusals. A login that is given up
    /// on ([`TokenError::Silent`]) may still count as a try.
    pub fn login(self, pin: Option<&str>) -> Result<Login, TokenError> {
        let (patience, pin) = (self.module.patience.clone(), pin.map(AuthPin::from));
        patience.wait(move || self.login_now(pin))?
    }

    fn login_now(self, pin: Option<AuthPin>) -> Result<Login, TokenError> {
        let session = self.module.pkcs11.open_ro_session(self.slot).map_err(|e| refusal(&e))?;
        if self.facts.login_required {
            if pin.is_none() && !self.facts.own_keypad {
                return Err(TokenError::PinNeeded);
            }
            match session.login(UserType::User, pin.as_ref()) {
                Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
                Err(error) => return Err(self.login_refusal(&error)),
            }
        }
        Ok(Login { token: self, session: Mutex::new(session), pin })
    }

    /// Opens the token without logging in: only public objects are seen.
    ///
    /// # Errors
    /// [`TokenError::Gone`], [`TokenError::Refused`] or [`TokenError::Silent`].
    pub fn browse(self) -> Result<Login, TokenError> {
        self.module.patience.clone().wait(move || {
            let session = self.module.pkcs11.open_ro_session(self.slot).map_err(|e| refusal(&e))?;
            Ok(Login { token: self, session: Mutex::new(session), pin: None })
        })?
    }

    fn login_refusal(&self, error: &Error) -> TokenError {
        match error {
            Error::Pkcs11(RvError::PinIncorrect, _) => {
                let now = self.module.pkcs11.get_token_info(self.slot);
                TokenError::PinWrong { then: now.map(|info| pin_state(&info)).unwrap_or_default() }
            }
            Error::Pkcs11(RvError::PinLocked, _) => TokenError::PinLocked,
            Error::Pkcs11(RvError::PinLenRange | RvError::PinInvalid, _) => TokenError::PinLength,
            Error::Pkcs11(RvError::PinExpired, _) => TokenError::PinExpired,
            Error::Pkcs11(RvError::UserPinNotInitialized, _) => TokenError::NotSetUp,
            other => refusal(other),
        }
    }

    /// True when the token is set up and fits every attribute of the URI that speaks of tokens and slots.
    fn fits(&self, uri: &TokenUri) -> bool {
        let slot = || self.module.pkcs11.get_slot_info(self.slot).ok();
        let slot_fits = |info: SlotInfo| {
            same(&uri.slot_description, info.slot_description()) && same(&uri.slot_manufacturer, info.manufacturer_id())
        };
        self.facts.initialised
            && same(&uri.token, &self.facts.label)
            && same(&uri.manufacturer, &self.facts.manufacturer)
            && same(&uri.serial, &self.facts.serial)
            && same(&uri.model, &self.facts.model)
            && uri.slot_id.is_none_or(|id| id == self.facts.slot_id)
            && ((uri.slot_description.is_none() && uri.slot_manufacturer.is_none()) || slot().is_some_and(slot_fits))
    }
}

impl Login {
    /// The token.
    pub fn token(&self) -> &Token {
        &self.token
    }
}

fn same(asked: &Option<String>, found: &str) -> bool {
    asked.as_deref().is_none_or(|asked| asked == found)
}

fn facts(slot: Slot, info: &TokenInfo) -> TokenFacts {
    TokenFacts {
        slot_id: slot.id(),
        label: info.label().to_owned(),
        manufacturer: info.manufacturer_id().to_owned(),
        model: info.model().to_owned(),
        serial: info.serial_number().to_owned(),
        initialised: info.token_initialized(),
        login_required: info.login_required(),
        own_keypad: info.protected_authentication_path(),
        pin_to_be_changed: info.user_pin_to_be_changed(),
        pin: pin_state(info),
    }
}

fn pin_state(info: &TokenInfo) -> PinState {
    if info.user_pin_locked() {
        PinState::Locked
    } else if info.login_required() && !info.user_pin_initialized() {
        PinState::NotSet
    } else if info.user_pin_final_try() {
        PinState::LastTry
    } else if info.user_pin_count_low() {
        PinState::WrongTryMade
    } else {
        PinState::Normal
    }
}

/// What an error of the module means for the caller.
pub(super) fn refusal(error: &Error) -> TokenError {
    match error {
        Error::Pkcs11(
            RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::DeviceRemoved
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::SlotIdInvalid
            | RvError::UserNotLoggedIn
            | RvError::CryptokiNotInitialized,
            _,
        ) => TokenError::Gone,
        Error::Pkcs11(RvError::PinLocked, _) => TokenError::PinLocked,
        other => TokenError::Refused(other.to_string()),
    }
}
