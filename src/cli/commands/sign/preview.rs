//! `sign --preview OUT.png`: the page as it will look, drawn before the key is used. Nothing is signed.

use std::path::Path;

use serde::Serialize;

use super::Args;
use super::document;
use super::options::Options;
use super::refusal::{pades_error, pdf_error};
use super::report::{self, Warning};
use super::stamp;
use super::terms::Shape;
#[cfg(feature = "preview")]
use crate::base::read::ReadAt as _;
use crate::cli::clock;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{Contents, Existing, PathName, path_text, write_whole};
use crate::cli::identity;
use crate::cli::texts::errors::Code;
use crate::cli::texts::sign as texts;
use crate::pdf::{Document, Place};
use crate::sign::pades::{self, SignerFacts};
use crate::x509::Certificate;

/// Resolution of the picture: enough to read a stamp of size 8, and a page fits a screen.
#[cfg(feature = "preview")]
const DPI: f64 = 144.0;
/// Longest a page may take.
#[cfg(feature = "preview")]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
/// Room for what is not made: the hole stays as it is.
const HOLE: usize = 16;

/// One previewed file, as `--json` prints it.
#[derive(Serialize)]
struct Line {
    schema: &'static str,
    #[serde(flatten)]
    path: PathName,
    role: &'static str,
    preview: Picture,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Picture {
    out: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_bytes: Option<String>,
    page: usize,
    rect_mm: Option<[f64; 4]>,
}

/// Draws the page of the one file named as it would look signed now.
///
/// # Errors
/// Whatever would keep it from being signed and can be known without the key; why it cannot be drawn or written.
pub(super) fn run(args: &Args, out: &Path, options: &Options, context: &mut Context) -> Result<Exit, CliError> {
    let [input] = args.files.as_slice() else { return Err(CliError::new(Code::PreviewOneFile)) };
    let existing: Existing = args.out.force.into();
    crate::cli::files::check_output(out, existing, &[input])?;
    let certificate = signer(args, context)?;
    let now = clock::now();
    identity::check_usable(&certificate, now)?;
    let source = Contents::open(input, u64::MAX)?;
    let open = super::check::open_options(options);
    let file = Document::open_with(&source, open).map_err(|e| pdf_error(input, &e))?;
    let text = document::read_text(&file, options);
    // A preview shows; it is signing that someone must answer for.
    let mut warnings = document::guard(input, text.as_ref().ok(), true)?;
    let name = document::name_of(&certificate);
    let plan = stamp::plan(input, &file, text.as_ref(), options, &name, now)?;
    warnings.extend(plan.warnings.iter().cloned());
    // What the key and the network will do is seen when it is signed.
    let facts = SignerFacts {
        certificate: Some(&certificate),
        time_stamped: true,
        with_revocation: true,
        ..SignerFacts::default()
    };
    let shape = Shape::foreseen(&file, &plan, options).map_err(|e| pdf_error(input, &e))?;
    let request = plan.request(HOLE, now, &name, options, shape, facts);
    let update = pades::prepare(&file, request).and_then(|p| p.embed(&[])).map_err(|e| pades_error(input, &e))?;
    let page = plan.shown.map_or(1, |(page, _)| page);
    let png = draw(input, &source, &file, &update.bytes, page, options)?;
    write_whole(out, &png, existing, &[input])?;
    tell(input, out, page, plan.shown, warnings, options, context)
}

// With --cert and no --key there is no key to open at all.
fn signer(args: &Args, context: &mut Context) -> Result<Certificate, CliError> {
    match (&args.key.key, args.key.cert.first()) {
        (None, Some(path)) => identity::certificates_in(path)?
            .into_iter()
            .next()
            .ok_or_else(|| CliError::new(Code::CertUnreadable).path("path", path).with("cause", "it is empty")),
        _ => Ok(identity::open(&args.key, context)?.certificate),
    }
}

#[cfg(feature = "preview")]
fn draw(
    input: &Path,
    source: &Contents,
    file: &Document<'_>,
    update: &[u8],
    page: usize,
    options: &Options,
) -> Result<Vec<u8>, CliError> {
    use crate::pdf::render;

    let failed =
        |cause: &dyn std::fmt::Display| CliError::new(Code::PreviewFailed).path("path", input).with("cause", cause);
    if source.len() > render::MAX_FILE {
        let mb = render::MAX_FILE >> 20;
        return Err(failed(&format!("the file is larger than {mb} MB")));
    }
    let limit = usize::try_from(render::MAX_FILE).unwrap_or(usize::MAX);
    let mut whole = source.read_range(0, source.len(), limit).map_err(|e| CliError::reading(input, &e))?;
    whole.extend_from_slice(update);
    let view = file.view();
    let geometry = view.page(page).and_then(|p| view.page_geometry(&p)).map_err(|e| pdf_error(input, &e))?;
    let password = options.pdf_password.clone();
    let (done, waiting) = std::sync::mpsc::channel();
    // Deep structures need room; a page that takes for ever is left behind.
    let worker = std::thread::Builder::new().stack_size(64 << 20).spawn(move || {
        let password = password.as_deref().map(String::as_str);
        let _ = done.send(render::page(whole, password, page, &geometry, DPI));
    });
    worker.map_err(|e| failed(&e.kind()))?;
    let drawn = match waiting.recv_timeout(PATIENCE) {
        Ok(drawn) => drawn.map_err(|e| failed(&e))?,
        Err(_) => return Err(failed(&format!("it took more than {} seconds", PATIENCE.as_secs()))),
    };
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, u32::from(drawn.width), u32::from(drawn.height));
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = drawn.per_metre;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&drawn.rgb));
    written.map_err(|e| failed(&e))?;
    Ok(png)
}

#[cfg(not(feature = "preview"))]
fn draw(input: &Path, _: &Contents, _: &Document<'_>, _: &[u8], _: usize, _: &Options) -> Result<Vec<u8>, CliError> {
    let cause = "this program was built without the feature `preview`";
    Err(CliError::new(Code::PreviewFailed).path("path", input).with("cause", cause))
}

fn tell(
    input: &Path,
    out: &Path,
    page: usize,
    shown: Option<(usize, Place)>,
    warnings: Vec<document::Warning>,
    options: &Options,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let warnings = report::warnings(input, &warnings, context);
    if context.json {
        let PathName { path, path_bytes } = out.into();
        let rect_mm = shown.map(|(_, place)| report::rect_mm(place));
        let line = Line {
            schema: "congvan.sign/1",
            path: input.into(),
            role: options.role.as_str(),
            preview: Picture { out: path, out_bytes: path_bytes, page, rect_mm },
            warnings,
        };
        context.out.json(&line)?;
        return Ok(Exit::Done);
    }
    let place = report::place(shown, context);
    let line = context.say(
        texts::PREVIEWED,
        &[("path", &path_text(input)), ("out", &path_text(out)), ("page", &page), ("place", &place)],
    );
    context.out.line(&line)?;
    Ok(Exit::Done)
}
