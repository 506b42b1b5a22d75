//! What the flags of `sign` ask for, checked once before any file is opened.

use std::sync::Arc;
use std::time::Duration;

use super::Args;
use crate::cli::args::Level;
use crate::cli::climbing::services;
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::files::read_small;
use crate::cli::judging::Judge;
use crate::cli::texts::errors::Code;
use crate::cli::trust::Trust;
use crate::net::{AddressRule, FetchSettings, Fetcher, HttpTsa};
use crate::path::Anchors;
use crate::pdf::Permission;
use crate::pdf::page::Place;
use crate::stamp::image::{self, Picture};
use crate::stamp::layout::{CopyForm, Role};
use crate::x509::Certificate;

/// What becomes of a file no time-stamping service answers for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum OnTsaFailure {
    /// Nothing is written.
    Refuse,
    /// It is signed at level B, with a warning.
    B,
}

/// The three forms of copy, as flags spell them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum CopyFormName {
    /// SAO Y.
    SaoY,
    /// SAO LỤC.
    SaoLuc,
    /// TRÍCH SAO.
    TrichSao,
}

impl From<CopyFormName> for CopyForm {
    fn from(name: CopyFormName) -> Self {
        match name {
            CopyFormName::SaoY => CopyForm::SaoY,
            CopyFormName::SaoLuc => CopyForm::SaoLuc,
            CopyFormName::TrichSao => CopyForm::TrichSao,
        }
    }
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Date {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
}

/// Where `--place` points: a page from 1, and a point or a box in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    pub(super) page: usize,
    pub(super) x_mm: f64,
    pub(super) y_mm: f64,
    pub(super) size_mm: Option<(f64, f64)>,
}

/// The flags, understood.
pub(super) struct Options {
    pub(super) role: Role,
    pub(super) level: Level,
    pub(super) tsa: Option<HttpTsa>,
    /// Asks the service that a document names, once its URL is filled in; `None` where no socket may be opened.
    pub(super) found_tsa: Option<HttpTsa>,
    pub(super) on_tsa_failure: OnTsaFailure,
    pub(super) require_revocation: bool,
    pub(super) offline: bool,
    /// Looks at certificates before, and at the file after signing.
    pub(super) judge: Judge,
    pub(super) field: Option<String>,
    pub(super) spot: Option<Spot>,
    pub(super) anchor: Option<String>,
    pub(super) number: Option<String>,
    pub(super) date: Option<Date>,
    pub(super) picture: Option<Picture>,
    pub(super) copy_form: CopyForm,
    pub(super) reason: Option<String>,
    pub(super) location: Option<String>,
    /// Chuyển, in the arrival stamp.
    pub(super) passed_to: Option<String>,
    /// Số và ký hiệu HS, in the arrival stamp.
    pub(super) file_code: Option<String>,
    /// What a certification allows afterwards; `None` for an approval.
    pub(super) certify: Option<Permission>,
    pub(super) pdf_password: Option<zeroize::Zeroizing<String>>,
}

impl Options {
    /// Reads the flags, the picture and, for what they leave open, the profile.
    ///
    /// # Errors
    /// What is missing for the role, or cannot be understood.
    pub(super) fn from_args(args: &Args, context: &Context) -> Result<Self, CliError> {
        let role = args.role;
        let date = args.date.as_deref().map(parse_date).transpose()?;
        let number = args.number.as_ref().map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
        for (needed, missing, flag) in [
            (role == Role::Seal, args.image.is_none(), "--image"),
            (matches!(role, Role::Seal | Role::Appendix), number.is_none(), "--number"),
            (role == Role::Seal, date.is_none(), "--date"),
        ] {
            if needed && missing {
                return Err(CliError::new(Code::RoleNeeds).with("role", role).with("flag", flag));
            }
        }
        if matches!(role, Role::Appendix | Role::Copy | Role::Incoming) && args.image.is_some() {
            return Err(CliError::new(Code::RoleForbids).with("role", role).with("flag", "--image"));
        }
        // Only a first signature can certify, and only where nobody is to sign or fill anything after it by our own rules.
        let certifies = matches!(role, Role::Plain | Role::Appendix | Role::Copy);
        for (given, allowed, flag) in [
            (args.certify.is_some(), certifies, "--certify"),
            (args.passed_to.is_some(), role == Role::Incoming, "--passed-to"),
            (args.file_code.is_some(), role == Role::Incoming, "--file-code"),
            (args.copy_form.is_some(), role == Role::Copy, "--copy-form"),
        ] {
            if given && !allowed {
                return Err(CliError::new(Code::RoleForbids).with("role", role).with("flag", flag));
            }
        }
        let urls = if args.tsa.tsa.is_empty() { &context.config.tsa } else { &args.tsa.tsa };
        let level = args.level.unwrap_or(if urls.is_empty() { Level::B } else { Level::T });
        if level > Level::B && urls.is_empty() {
            return Err(CliError::new(Code::TsaNotGiven));
        }
        let pdf_password = pdf_password(args)?;
        let (judge, trust) = judge(args, context, pdf_password.as_deref())?;
        if level > Level::T && !judge.has_anchors() {
            return Err(CliError::new(Code::LevelNeedsAnchors).with("level", level.pades()));
        }
        let anchors = if args.proof.proof.tsa_anchor.is_empty() { Anchors::default() } else { trust.0 };
        let tsa = (level > Level::B).then(|| services(urls, &args.wait, anchors.clone(), trust.1.clone()));
        let found_tsa = if args.proof.proof.offline {
            None
        } else {
            let tsa_timeout = Duration::from_secs(args.wait.tsa_timeout);
            let hosts = &context.config.fetch_hosts;
            let bounds = FetchSettings { tsa_timeout, ..crate::cli::trust::fetch_settings(hosts)? };
            let tsa = HttpTsa::new(Arc::new(Fetcher::new(bounds)), Vec::new()).found();
            Some(if anchors.is_empty() { tsa } else { tsa.below(anchors, trust.1) })
        };
        let picture = match &args.image {
            None => None,
            Some(path) => {
                let limit = u64::try_from(image::MAX_FILE).unwrap_or(u64::MAX);
                let bytes = read_small(path, limit)?;
                let picture = Picture::from_png(&bytes, args.stamp_size);
                Some(picture.map_err(|e| CliError::new(Code::PictureUnusable).path("path", path).with("cause", e))?)
            }
        };
        Ok(Options {
            role,
            level,
            tsa,
            found_tsa,
            on_tsa_failure: args.on_tsa_failure,
            require_revocation: args.proof.require_revocation,
            offline: args.proof.proof.offline,
            judge,
            field: args.field.clone(),
            spot: args.place.as_deref().map(parse_spot).transpose()?,
            anchor: args.anchor.clone(),
            number,
            date,
            picture,
            copy_form: args.copy_form.map(CopyForm::from).unwrap_or_default(),
            reason: args.reason.clone(),
            location: args.location.clone(),
            passed_to: args.passed_to.clone(),
            file_code: args.file_code.clone(),
            certify: args.certify.map(|class| Permission::from_number(i64::from(class))),
            pdf_password,
        })
    }
}

/// The judge of this run, and what it has for time-stamping authorities. It asks where the certificates at hand point
/// to, private networks included: they are the signer's own and those of the authority the signer named.
fn judge(
    args: &Args,
    context: &Context,
    password: Option<&String>,
) -> Result<(Judge, (Anchors, Vec<Certificate>)), CliError> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let trust = Trust::load(&args.proof.as_trust(), context)?;
    let for_tsa = (trust.tsa_anchors.clone(), trust.untrusted.clone());
    let policy = crate::cli::trust::policy(None, context)?;
    let judge = Judge::new(trust, policy, (clock::now(), "clock"), password.cloned());
    if args.proof.proof.offline {
        return Ok((judge, for_tsa));
    }
    let bounds = FetchSettings { timeout: PATIENCE, found: AddressRule::Any, ..FetchSettings::default() };
    Ok((judge.online_by(bounds), for_tsa))
}

fn pdf_password(args: &Args) -> Result<Option<zeroize::Zeroizing<String>>, CliError> {
    match args.pdf_password_fd {
        Some(number) => crate::cli::secrets::from_descriptor("--pdf-password-fd", number).map(Some),
        None => Ok(crate::cli::environment::text("CONGVAN_PDF_PASSWORD").map(zeroize::Zeroizing::new)),
    }
}

/// `2026-03-05` or `05/03/2026`.
fn parse_date(text: &str) -> Result<Date, CliError> {
    let wrong = || CliError::new(Code::BadDate).with("value", crate::cli::files::printable(text));
    let (year, month, day) = if let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] {
        (year, month, day)
    } else if let [day, month, year] = text.split('/').collect::<Vec<_>>()[..] {
        (year, month, day)
    } else {
        return Err(wrong());
    };
    if year.len() != 4 {
        return Err(wrong());
    }
    let date = Date {
        year: year.parse().map_err(|_| wrong())?,
        month: month.parse().map_err(|_| wrong())?,
        day: day.parse().map_err(|_| wrong())?,
    };
    let last = crate::base::time::days_in_month(date.year, date.month);
    if (1..=last).contains(&date.day) { Ok(date) } else { Err(wrong()) }
}

/// `PAGE,X,Y` or `PAGE,X,Y,W,H`.
fn parse_spot(text: &str) -> Result<Spot, CliError> {
    let wrong = || CliError::new(Code::BadPlace).with("value", crate::cli::files::printable(text));
    let (page, rest) = text.split_once(',').ok_or_else(wrong)?;
    let page: usize = page.trim().parse().ok().filter(|page| *page > 0).ok_or_else(wrong)?;
    let numbers: Vec<f64> = rest
        .split(',')
        .map(|n| n.trim().parse::<f64>().ok().filter(|n| n.is_finite()))
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    match numbers[..] {
        [x_mm, y_mm] => Ok(Spot { page, x_mm, y_mm, size_mm: None }),
        [x_mm, y_mm, width, height] if width > 0.0 && height > 0.0 => {
            Ok(Spot { page, x_mm, y_mm, size_mm: Some((width, height)) })
        }
        _ => Err(wrong()),
    }
}

impl Spot {
    /// A stamp of its own size at the point, or in the middle of the box; `None` when the box is too small.
    pub(super) fn place(&self, (width_mm, height_mm): (f64, f64)) -> Option<Place> {
        let (x_mm, y_mm) = match self.size_mm {
            None => (self.x_mm, self.y_mm),
            // Half a millimetre is rounding, not a stamp that does not fit.
            Some((width, height)) if width + 0.5 < width_mm || height + 0.5 < height_mm => return None,
            Some((width, height)) => (self.x_mm + (width - width_mm) / 2.0, self.y_mm + (height - height_mm) / 2.0),
        };
        Some(Place { x_mm, y_mm, width_mm, height_mm })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_spellings_and_days_that_do_not_exist_are_not() {
        let date = Some(Date { year: 2026, month: 3, day: 5 });
        assert_eq!(parse_date("2026-03-05").ok(), date);
        assert_eq!(parse_date("5/3/2026").ok(), date);
        for text in ["2026-02-29", "31/4/2026", "5/3/26", "2026-3", "", "x-y-z", "2026-13-01", "2026-01-00"] {
            assert!(parse_date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn places_are_a_point_or_a_box_and_nothing_else() {
        assert_eq!(parse_spot("1,20,30.5").ok(), Some(Spot { page: 1, x_mm: 20.0, y_mm: 30.5, size_mm: None }));
        assert_eq!(parse_spot("2, 1,2,3,4").ok().and_then(|s| s.size_mm), Some((3.0, 4.0)));
        for text in ["0,1,2", "1,2", "1,2,3,4", "1,2,3,0,4", "a,b,c", "1,nan,2", "-1,2,3", ""] {
            assert!(parse_spot(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_stamp_stands_in_the_middle_of_its_box_or_does_not_fit() {
        let spot = Spot { page: 1, x_mm: 10.0, y_mm: 20.0, size_mm: Some((40.0, 20.0)) };
        let place = spot.place((20.0, 10.0)).expect("fits");
        assert_eq!((place.x_mm, place.y_mm), (20.0, 25.0));
        assert!(spot.place((40.4, 20.0)).is_some());
        assert!(spot.place((40.6, 20.0)).is_none());
    }
}
