//! How stamps look when another program draws them: renders by pdftoppm against reviewed pictures, and the preview
//! against what is signed. Not run where pdftoppm is not installed.
//!
//! `CONGVAN_UPDATE=1` records the pictures anew, in fixtures/stamps/snapshots; look at them before they are committed.

use std::path::{Path, PathBuf};
use std::process::Command;

use congvan::base::time::UnixTime;
use congvan::pdf::text::DocumentText;
use congvan::pdf::{Document, Place};
use congvan::sign::pades::{self, ExtraField, ExtraFieldKind, PadesRequest, Target};
use congvan::stamp::anchor::{self, Wanted};
use congvan::stamp::blanks::{self, BlankKind};
use congvan::stamp::image::Picture;
use congvan::stamp::layout::{self, Arrival, CopyForm, Request, Role};

use crate::paper::{Paper, line};
use crate::run::{command, finished, updating};

/// 2026-03-05T14:07:09+07:00.
const AT: UnixTime = UnixTime(1_772_694_429);
const DPI: f64 = 96.0;
const AGENCY: &str = "Ủy ban nhân dân tỉnh Sơn Hải";

/// A picture of three bytes a pixel.
struct Picture8 {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Picture8 {
    fn read(png: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("fits")];
        let frame = reader.next_frame(&mut bytes).expect("whole");
        let step = frame.color_type.samples();
        let rgb = bytes[..frame.buffer_size()].chunks_exact(step).flat_map(|p| [p[0], p[step / 2], p[step - 1]]);
        let size = |v: u32| usize::try_from(v).expect("small");
        assert!(step == 3 || step == 1, "no alpha");
        Picture8 { width: size(frame.width), height: size(frame.height), rgb: rgb.collect() }
    }

    /// Left, top, right and bottom, in mm, of the pixels that `wanted` takes.
    fn bounds_mm(&self, dpi: f64, wanted: impl Fn(&[u8]) -> bool) -> Option<[f64; 4]> {
        let mut bounds: Option<[usize; 4]> = None;
        for (at, pixel) in self.rgb.chunks_exact(3).enumerate() {
            if wanted(pixel) {
                let (x, y) = (at % self.width, at / self.width);
                let b = bounds.unwrap_or([x, y, x, y]);
                bounds = Some([b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)]);
            }
        }
        let mm = |v: usize| f64::from(u32::try_from(v).expect("small")) * 25.4 / dpi;
        bounds.map(|b| b.map(mm))
    }
}

/// Page 1 of a file, or a part of it (mm), drawn by pdftoppm; `None` where that is not installed.
fn drawn(pdf: &Path, dpi: f64, part: Option<Place>) -> Option<Vec<u8>> {
    let out = pdf.with_extension("");
    let mut tool = Command::new("pdftoppm");
    tool.args(["-r", &dpi.to_string(), "-f", "1", "-l", "1", "-png", "-singlefile", "-cropbox"]);
    if let Some(part) = part {
        let pixels = |mm: f64| format!("{:.0}", mm.max(0.0) * dpi / 25.4);
        tool.args(["-x", &pixels(part.x_mm), "-y", &pixels(part.y_mm)]);
        tool.args(["-W", &pixels(part.width_mm), "-H", &pixels(part.height_mm)]);
    }
    let done = match tool.arg(pdf).arg(&out).output() {
        Ok(done) => done,
        Err(_) => {
            eprintln!("not run: pdftoppm is not installed");
            return None;
        }
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(std::fs::read(out.with_extension("png")).expect("drawn"))
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).expect("the fixture")
}

/// A document with a stamp on page 1, and where it is.
fn stamped(base: &[u8], request: &Request<'_>, at: Option<(f64, f64)>) -> (Vec<u8>, Place) {
    let base = base.to_vec();
    let document = Document::open(&base).expect("opens");
    let view = document.view();
    let geometry = view.page_geometry(&view.page(1).expect("there")).expect("reads");
    let appearance = layout::draw(request).expect("drawn");
    let (width_mm, height_mm) = appearance.size_mm();
    let text = DocumentText::read(&base, None).expect("reads");
    let place = match at {
        Some((x_mm, y_mm)) => Place { x_mm, y_mm, width_mm, height_mm },
        None => {
            let signature = document.signatures().expect("reads").pop().and_then(|s| s.field.widgets[0].rect);
            let wanted = Wanted { signature: signature.map(|r| (1, geometry.to_display(&r))), ..Wanted::default() };
            anchor::place(request.role, &text, width_mm, height_mm, &wanted).expect("a place").place
        }
    };
    let target = Target::New { name: None, page: 1, rect: Some(geometry.to_user_space(&place)), lock: None };
    let made = PadesRequest { target, appearance: Some(appearance), claimed_time: Some(AT), ..PadesRequest::new(16) };
    (updated(&base, &document, made), place)
}

#[expect(clippy::ptr_arg, reason = "a vector is what reads at offsets, a slice is not")]
fn updated(base: &Vec<u8>, document: &Document<'_>, request: PadesRequest<'_>) -> Vec<u8> {
    let update = pades::prepare(document, request).and_then(|p| p.embed(&[0x30, 0])).expect("prepares");
    let mut out = Vec::new();
    update.write_to(base, &mut out).expect("memory");
    out
}

/// Number, day and month in the blanks of a document, and the part of the page they stand in.
fn numbered(base: &[u8]) -> (Vec<u8>, Place) {
    let base = base.to_vec();
    let document = Document::open(&base).expect("opens");
    let view = document.view();
    let geometry = view.page_geometry(&view.page(1).expect("there")).expect("reads");
    let text = DocumentText::read(&base, None).expect("reads");
    let found = blanks::find(&text);
    let fields = found.iter().map(|blank| {
        let value = match blank.kind {
            BlankKind::Day => "05",
            BlankKind::Month => "3",
            _ => "07",
        };
        let width_mm = blank.place().width_mm;
        let shown = layout::field_value(value, width_mm, blank.size_pt, blank.slanted).expect("fits");
        ExtraField {
            name: blank.kind.field_name(),
            label: None,
            page: 1,
            rect: Some(geometry.to_user_space(&blank.place())),
            kind: ExtraFieldKind::Text { value: Some(value.to_owned()), read_only: true },
            appearance: Some(shown),
        }
    });
    let request = PadesRequest { add_fields: fields.collect(), ..PadesRequest::new(16) };
    let baseline = found[0].baseline_mm;
    (updated(&base, &document, request), Place { x_mm: 38.0, y_mm: baseline - 6.0, width_mm: 154.0, height_mm: 9.0 })
}

fn cases() -> Vec<(&'static str, Vec<u8>, Place)> {
    let decision = fixture("documents/decision.pdf");
    let blank = {
        let mut paper = Paper::new(210.0, 297.0);
        paper.lines.push(line("Nội dung", 105.0, 150.0));
        paper.pdf()
    };
    let picture = |name: &str| Picture::from_png(&fixture(name), None).expect("a picture");
    let person = |role| Request::new(role, "Nguyễn Văn An", AT);
    let agency = |role| Request { agency: Some(AGENCY), ..Request::new(role, AGENCY, AT) };
    let hand = Request { picture: Some(picture("stamps/signature.png")), ..person(Role::Leader) };
    let seal = Request { picture: Some(picture("stamps/seal.png")), ..agency(Role::Seal) };
    let (leader, leader_at) = stamped(&decision, &hand, None);
    let (sealed, seal_at) = stamped(&leader, &seal, None);
    let copy = |form| Request { copy_form: form, ..agency(Role::Copy) };
    let annex = Request { number: Some("7/QĐ-UBND"), ..agency(Role::Appendix) };
    let arrival =
        Arrival { number: "1204", date: "06/03/2026", passed_to: "Phòng Kế hoạch - Tài chính", file: "" };
    let shown = |name, (pdf, place)| (name, pdf, place);
    vec![
        shown("initial", stamped(&decision, &person(Role::Initial), None)),
        ("leader", leader, leader_at),
        ("seal", sealed, Place { width_mm: seal_at.width_mm + 32.0, ..seal_at }),
        shown("leader-without-picture", stamped(&decision, &person(Role::Leader), None)),
        shown("appendix", stamped(&fixture("documents/letter-annex.pdf"), &annex, None)),
        shown("copy-sao-y", stamped(&blank, &copy(CopyForm::SaoY), None)),
        shown("copy-sao-luc", stamped(&blank, &copy(CopyForm::SaoLuc), None)),
        shown("copy-trich-sao", stamped(&blank, &copy(CopyForm::TrichSao), None)),
        shown("incoming", stamped(&decision, &Request { arrival, ..agency(Role::Incoming) }, None)),
        shown("plain", stamped(&blank, &person(Role::Plain), Some((40.0, 60.0)))),
        shown(
            "plain-with-picture",
            stamped(
                &blank,
                &Request { picture: Some(picture("stamps/seal.png")), ..person(Role::Plain) },
                Some((40.0, 60.0)),
            ),
        ),
        shown("number-and-date", numbered(&decision)),
    ]
}

#[test]
fn every_stamp_looks_as_reviewed() {
    let folder = tempfile::tempdir().expect("folder");
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stamps/snapshots");
    let mut wrong = Vec::new();
    for (name, pdf, place) in cases() {
        let path = folder.path().join(format!("{name}.pdf"));
        std::fs::write(&path, pdf).expect("writes");
        let around = Place {
            x_mm: place.x_mm - 3.0,
            y_mm: place.y_mm - 3.0,
            width_mm: place.width_mm + 6.0,
            height_mm: place.height_mm + 6.0,
        };
        let Some(png) = drawn(&path, DPI, Some(around)) else { return };
        let kept: PathBuf = recorded.join(format!("{name}.png"));
        if updating() {
            std::fs::create_dir_all(&recorded).expect("makes");
            std::fs::write(&kept, &png).expect("writes");
        }
        let (now, then) = (Picture8::read(&png), Picture8::read(&std::fs::read(&kept).expect("recorded")));
        // Two versions of the renderer place edges a shade differently; what is elsewhere or missing shows.
        if (now.width, now.height) != (then.width, then.height) {
            wrong.push(format!("{name}: {} × {} pixels", now.width, now.height));
            continue;
        }
        let differing = now.rgb.iter().zip(&then.rgb).filter(|(a, b)| a.abs_diff(**b) > 96).count();
        if differing * 100 > now.rgb.len() * 2 {
            wrong.push(format!("{name}: {differing} of {} values differ", now.rgb.len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_preview_shows_the_stamp_where_the_signed_file_has_it() {
    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("key.p12"), fixture("keys/modern.p12")).expect("writes");
    std::fs::write(at("hand.png"), fixture("stamps/signature.png")).expect("writes");
    let papers = [
        Paper::new(210.0, 297.0),
        Paper::new(210.0, 297.0).turned(90),
        Paper::new(210.0, 297.0).turned(180).cropped(40.0),
        Paper::new(297.0, 210.0).turned(270),
        Paper::new(148.0, 210.0),
    ];
    for (index, paper) in papers.into_iter().enumerate() {
        std::fs::write(at("a.pdf"), paper.decision().pdf()).expect("writes");
        for last in ["--preview p.png", "--out s.pdf"] {
            let line = format!("sign a.pdf --force --as leader --key key.p12 --image hand.png {last}");
            let mut command = command(folder.path());
            let done = command.args(line.split(' ')).env("CONGVAN_PASSPHRASE", "secret").output();
            let done = finished(done.expect("starts"));
            assert_eq!(done.exit, Some(0), "{index}: {done:?}");
        }
        let Some(signed) = drawn(&at("s.pdf"), 144.0, None) else { return };
        let (preview, signed) = (Picture8::read(&std::fs::read(at("p.png")).expect("there")), Picture8::read(&signed));
        assert!(preview.width.abs_diff(signed.width) <= 2 && preview.height.abs_diff(signed.height) <= 2, "{index}");
        let blue = |p: &[u8]| p[2] > p[0].saturating_add(60);
        let (a, b) = (preview.bounds_mm(144.0, blue).expect("ink"), signed.bounds_mm(144.0, blue).expect("ink"));
        for (one, other) in a.iter().zip(&b) {
            assert!((one - other).abs() < 1.0, "{index}: {a:?} {b:?}");
        }
    }
}
