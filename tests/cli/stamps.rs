//! Stamps of every role on paper of every kind: where they stand, what they add and fill, and when they are refused.

use std::path::PathBuf;

use congvan::pdf::text::{DocumentText, TextLine};
use congvan::pdf::{Document, Place};
use serde_json::Value;

use crate::paper::{Paper, line};
use crate::run::{Done, command, copy_fixtures, finished};

/// A folder with the keys and pictures of these tests.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        copy_fixtures(
            folder.path(),
            &[
                ("key.p12", "keys/modern.p12"),
                ("other.pem", "keys/rsa-with-chain.pem"),
                ("hand.png", "stamps/signature.png"),
                ("seal.png", "stamps/seal.png"),
                ("decision.pdf", "documents/decision.pdf"),
                ("scan.pdf", "documents/report-scan.pdf"),
            ],
        );
        Desk { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("writes");
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("reads")
    }

    /// One command; words are split at white space, `_` inside a word stands for a space.
    fn run(&self, line: &str) -> Done {
        let words = line.split_whitespace().map(|word| word.replace('_', " "));
        let mut command = command(self.folder.path());
        finished(command.args(words).env("CONGVAN_PASSPHRASE", "secret").output().expect("starts"))
    }

    /// Signs; the line of JSON that tells it.
    fn sign(&self, line: &str) -> Value {
        let done = self.run(&format!("sign {line} --json --force"));
        let told: Value = serde_json::from_str(done.stdout.trim()).unwrap_or_else(|e| panic!("{line}: {e} {done:?}"));
        assert_eq!(done.exit, Some(0), "{line}: {told}");
        told
    }

    /// The code of the error a signing ends with, and its text; nothing may have been written to `out.pdf`.
    fn refused(&self, line: &str) -> (String, String) {
        let _ = std::fs::remove_file(self.path("out.pdf"));
        let done = self.run(&format!("sign {line} --out out.pdf --json"));
        // What the flags alone say wrong is told before any file's line.
        let said = if done.stdout.is_empty() { &done.stderr } else { &done.stdout };
        let told: Value = serde_json::from_str(said.trim()).unwrap_or_else(|e| panic!("{line}: {e} {done:?}"));
        assert!(!self.path("out.pdf").exists(), "{line}");
        let error = if told["error"].is_null() { &told } else { &told["error"] };
        let text = |key: &str| error[key].as_str().unwrap_or_else(|| panic!("{line}: {told}")).to_owned();
        (text("code"), text("text"))
    }

    fn code(&self, line: &str) -> String {
        self.refused(line).0
    }

    /// The verdicts on a file: of each signature its field, its integrity and what became of the document.
    fn verdicts(&self, name: &str) -> Vec<(String, String, String)> {
        let done = self.run(&format!("verify {name} --json --offline"));
        let report: Value = serde_json::from_str(done.stdout.lines().next().expect("a line")).expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let signatures = report["signatures"].as_array().expect("a list");
        signatures.iter().map(|s| (text(&s["id"]), text(&s["integrity"]), text(&s["document"]))).collect()
    }

    fn text(&self, name: &str) -> DocumentText {
        DocumentText::read(&self.bytes(name), None).expect("reads")
    }
}

fn place(told: &Value) -> Place {
    let rect = told["signed"]["rect_mm"].as_array().unwrap_or_else(|| panic!("{told}"));
    let n = |i: usize| rect[i].as_f64().expect("a number");
    Place { x_mm: n(0), y_mm: n(1), width_mm: n(2), height_mm: n(3) }
}

fn found<'t>(text: &'t DocumentText, what: &str) -> &'t TextLine {
    text.lines().find(|l| l.text.contains(what)).unwrap_or_else(|| {
        panic!("{what} not in {:?}", text.lines().map(|l| &l.text).collect::<Vec<_>>());
    })
}

fn papers() -> Vec<(&'static str, Paper)> {
    let a4 = || Paper::new(210.0, 297.0);
    vec![
        ("A4", a4()),
        ("A4 turned by 90", a4().turned(90)),
        ("A4 turned by 180", a4().turned(180)),
        ("A4 turned by 270", a4().turned(270)),
        ("A4 cut out of a larger sheet", a4().cropped(33.0)),
        ("A4 turned and cut out", a4().turned(270).cropped(33.0)),
        ("A4 across", Paper::new(297.0, 210.0)),
        ("A4 across, turned", Paper::new(297.0, 210.0).turned(90)),
        ("A5", Paper::new(148.0, 210.0)),
        ("A4 in units of two points", a4().in_units(2.0)),
        ("A4 turned, in units of half a point", a4().turned(90).in_units(0.5)),
    ]
}

/// Name and rectangle (user space) of every field that shows.
fn rectangles(file: &[u8]) -> Vec<(String, [i64; 4])> {
    let file = file.to_vec();
    let document = Document::open(&file).expect("opens");
    let tenths = |v: f64| format!("{:.0}", v * 10.0).parse().expect("a number");
    let fields = document.view().fields().expect("reads");
    let shown = fields.iter().filter_map(|f| Some((f.name.clone(), f.widgets.first()?.rect?.to_array().map(tenths))));
    shown.collect()
}

#[test]
fn on_a_page_displayed_lying_every_stamp_follows_the_text() {
    let desk = Desk::new();
    let steps = [
        ("--as initial --key key.p12", "a.pdf", "i.pdf"),
        ("--as leader --key key.p12 --image hand.png", "i.pdf", "l.pdf"),
        ("--as seal --key other.pem --image seal.png --number 7/QĐ-UBND --date 5/3/2026", "l.pdf", "s.pdf"),
        ("--as incoming --key other.pem --number 12 --date 6/3/2026", "s.pdf", "in.pdf"),
        ("--as copy --key other.pem", "a.pdf", "c.pdf"),
    ];
    let paper = || Paper::new(210.0, 297.0).cropped(20.0).decision();
    let signed = |paper: Paper| {
        desk.put("a.pdf", &paper.pdf());
        let told: Vec<Value> =
            steps.iter().map(|(flags, from, to)| desk.sign(&format!("{from} {flags} --out {to}"))).collect();
        (told, rectangles(&desk.bytes("in.pdf")), rectangles(&desk.bytes("c.pdf")))
    };
    let (upright_told, upright, upright_copy) = signed(paper());
    let is_told = |told: &Value| told["warnings"].to_string().contains("TEXT_TURNED");
    assert!(!upright_told.iter().any(is_told));
    let (width, height) = paper().geometry().display_size_mm();
    for by in [90, 180, 270] {
        let (told, lying, copy) = signed(paper().lying(by));
        assert_eq!((lying, copy), (upright.clone(), upright_copy.clone()), "{by}");
        assert!(told.iter().any(is_told), "{by}: {told:?}");
        // What is told is where a person sees it: on the page as displayed.
        for (told, upright) in told.iter().zip(&upright_told) {
            let (seen, straight) = (place(told), place(upright));
            let wanted = match by {
                90 => (height - straight.y_mm - straight.height_mm, straight.x_mm),
                180 => (width - straight.x_mm - straight.width_mm, height - straight.y_mm - straight.height_mm),
                _ => (straight.y_mm, width - straight.x_mm - straight.width_mm),
            };
            assert!(
                (seen.x_mm - wanted.0).abs() < 0.2 && (seen.y_mm - wanted.1).abs() < 0.2,
                "{by}: {seen:?} {wanted:?}"
            );
        }
    }
}

#[test]
fn a_place_is_told_on_the_page_as_displayed_however_its_text_lies() {
    let desk = Desk::new();
    for by in [0, 90, 180, 270] {
        desk.put("a.pdf", &Paper::new(210.0, 297.0).decision().lying(by).pdf());
        let told = desk.sign("a.pdf --as leader --key key.p12 --image hand.png --place 1,20,30 --out l.pdf");
        let seen = place(&told);
        assert!((seen.x_mm - 20.0).abs() < 0.1 && (seen.y_mm - 30.0).abs() < 0.1, "{by}: {seen:?}");
        assert!((seen.width_mm - 46.0).abs() < 0.1, "upright as displayed: {by}: {seen:?}");
    }
}

#[test]
fn leader_and_seal_stand_where_the_decree_wants_them_on_any_paper() {
    let desk = Desk::new();
    for (name, paper) in papers() {
        desk.put("a.pdf", &paper.decision().pdf());
        let leader = place(&desk.sign("a.pdf --as leader --key key.p12 --image hand.png --out l.pdf"));
        let text = desk.text("a.pdf");
        let (position, person) = (found(&text, "PHÓ CHỦ TỊCH"), found(&text, "Nguyễn Văn An"));
        assert!((leader.width_mm - 46.0).abs() < 0.1 && (leader.height_mm - 18.9).abs() < 0.1, "{name}: {leader:?}");
        assert!(leader.y_mm > position.bottom && leader.y_mm + leader.height_mm < person.top, "{name}: {leader:?}");
        assert!((leader.x_mm + leader.width_mm / 2.0 - position.middle()).abs() < 0.5, "{name}: {leader:?}");

        let told = desk
            .sign("l.pdf --as seal --key other.pem --image seal.png --number 7/QĐ-UBND --date 5/3/2026 --out s.pdf");
        assert_eq!(told["signed"]["field"], "congvan_seal", "{name}");
        let seal = place(&told);
        assert!((seal.width_mm - 36.0).abs() < 0.1 && (seal.height_mm - 36.0).abs() < 0.1, "{name}: {seal:?}");
        let covered = seal.x_mm + seal.width_mm - leader.x_mm;
        assert!((covered - leader.width_mm / 3.0).abs() < 0.2, "{name}: {covered}");
        let text = desk.text("s.pdf");
        for (value, beside) in [("07", "Số:"), ("05", "ngày"), ("3", "tháng")] {
            let row = found(&text, beside);
            let same_row = text.lines().filter(|l| (l.baseline - row.baseline).abs() < 0.4);
            let there = same_row.clone().any(|l| l.text.split(' ').any(|word| word == value));
            assert!(
                there,
                "{name}: {value} beside {beside} in {:?}",
                text.lines().map(|l| &l.text).collect::<Vec<_>>()
            );
        }
        for (field, integrity, document) in desk.verdicts("s.pdf") {
            assert_eq!(integrity, "intact", "{name}: {field}");
            assert!(["unchanged", "allowed-changes"].contains(&document.as_str()), "{name}: {field} {document}");
        }
        assert!(desk.bytes("s.pdf").starts_with(&desk.bytes("l.pdf")), "{name}");
        assert!(desk.bytes("l.pdf").starts_with(&desk.bytes("a.pdf")), "{name}");
    }
}

#[test]
fn appendix_and_copy_stand_at_the_top_right_and_the_arrival_box_on_blank_paper() {
    let desk = Desk::new();
    for (name, paper) in papers() {
        desk.put("a.pdf", &paper.clone().decision().pdf());
        let (width, _) = paper.geometry().display_size_mm();
        for role in ["appendix --number 7/QĐ-UBND", "copy"] {
            let told = desk.sign(&format!("a.pdf --as {role} --key key.p12 --out o.pdf"));
            let at = place(&told);
            assert!(at.y_mm >= 4.0 && at.y_mm <= 10.01, "{name} {role}: {at:?}");
            assert!((at.x_mm + at.width_mm - (width - 15.0)).abs() < 0.2, "{name} {role}: {at:?}");
        }
        let at = place(&desk.sign("a.pdf --as incoming --number 12 --date 6/3/2026 --key key.p12 --out o.pdf"));
        assert!((at.width_mm - 50.0).abs() < 0.05 && (at.height_mm - 35.0).abs() < 0.05, "{name}: {at:?}");
        let touched = desk.text("a.pdf").lines().any(|l| {
            l.left < at.x_mm + at.width_mm && l.right > at.x_mm && l.top < at.y_mm + at.height_mm && l.bottom > at.y_mm
        });
        assert!(!touched, "{name}: {at:?}");
    }
}

#[test]
fn the_arrival_stamp_holds_what_was_given_and_the_received_file_stays() {
    let desk = Desk::new();
    let before = desk.bytes("decision.pdf");
    desk.sign("decision.pdf --as incoming --key key.p12 --number 1204 --date 2026-03-06 --passed-to Phòng_Kế_hoạch --file-code 12/HS --out in.pdf");
    assert_eq!(desk.bytes("decision.pdf"), before);
    assert!(desk.bytes("in.pdf").starts_with(&before));
    // Signature appearances are no page text; the appearance's own text is checked where it is drawn.
    assert_eq!(desk.verdicts("in.pdf").len(), 1);
    assert_eq!(desk.code("decision.pdf --as leader --key key.p12 --passed-to X"), "ROLE_FORBIDS");
}

#[test]
fn initials_leader_seal_and_arrival_leave_every_earlier_signature_good() {
    let desk = Desk::new();
    desk.sign("decision.pdf --as initial --key key.p12 --out 1.pdf");
    let told = desk.sign("1.pdf --as leader --key other.pem --image hand.png --out 2.pdf");
    assert!(told["warnings"].is_null(), "{told}");
    let told =
        desk.sign("2.pdf --as seal --key key.p12 --image seal.png --number 7/QĐ-UBND --date 5/3/2026 --out 3.pdf");
    assert_eq!(told["signed"]["field"], "congvan_seal");
    desk.sign("3.pdf --as incoming --key other.pem --number 9 --out 4.pdf");
    let verdicts = desk.verdicts("4.pdf");
    assert_eq!(verdicts.len(), 4);
    for (field, integrity, document) in verdicts {
        assert_eq!(integrity, "intact", "{field}");
        assert!(["unchanged", "allowed-changes"].contains(&document.as_str()), "{field}: {document}");
    }
}

#[test]
fn where_another_tool_signed_number_and_date_become_read_only_fields_over_the_blanks() {
    let desk = Desk::new();
    desk.put("a.pdf", &Paper::new(210.0, 297.0).decision().pdf());
    desk.sign("a.pdf --as plain --key key.p12 --place 1,120,245 --out l.pdf");
    let told =
        desk.sign("l.pdf --as seal --key other.pem --image seal.png --number 12/QĐ-UBND --date 15/10/2026 --out s.pdf");
    assert_eq!(told["warnings"][0]["code"], "FIELDS_AFTER_SIGNATURE", "{told}");
    let signed = desk.bytes("s.pdf");
    let document = Document::open(&signed).expect("opens");
    let fields = document.view().fields().expect("reads");
    let before = desk.text("a.pdf");
    let geometry = document.view().page_geometry(&document.view().page(1).expect("there")).expect("reads");
    for (name, value) in [("congvan_number", "12"), ("congvan_day", "15"), ("congvan_month", "10")] {
        let field = fields.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(field.flags & 1, 1, "{name} is read-only");
        let there = document.view().resolve(field.value.as_ref().expect("filled")).expect("reads");
        assert_eq!(there.as_string().expect("a string").bytes, value.as_bytes());
        let widget = field.widgets.first().and_then(|w| w.rect).expect("shows");
        let at = geometry.to_display(&widget);
        let (left, right) = (at.x_mm, at.x_mm + at.width_mm);
        // The words left and right of the blank are not touched by it.
        let row = before.lines().filter(|l| l.top < at.y_mm + at.height_mm && l.bottom > at.y_mm);
        for cell in row.flat_map(|l| &l.cells) {
            assert!(cell.right <= left + 0.01 || cell.left >= right - 0.01, "{name}: {cell:?} {at:?}");
        }
    }
}

#[test]
fn number_and_date_must_be_those_that_are_printed() {
    let desk = Desk::new();
    let seal = "--as seal --key other.pem --image seal.png";
    desk.put("a.pdf", &Paper::new(210.0, 297.0).decision().pdf());
    desk.sign("a.pdf --as leader --key key.p12 --image hand.png --out l.pdf");
    assert_eq!(desk.code(&format!("l.pdf {seal} --number 7/CV-UBND --date 5/3/2026")), "PRINTED_DIFFERS");
    assert_eq!(desk.code(&format!("l.pdf {seal} --number 7/QĐ-UBND --date 5/3/2025")), "PRINTED_DIFFERS");
    desk.sign(&format!("l.pdf {seal} --number 7/QĐ-UBND --date 5/3/2026 --out s.pdf"));
    // A second seal of the same document does not renumber it.
    let again = "--as seal --key key.p12 --image seal.png --place 1,20,230";
    assert_eq!(desk.code(&format!("s.pdf {again} --number 8/QĐ-UBND --date 5/3/2026")), "PRINTED_DIFFERS");
    desk.sign(&format!("s.pdf {again} --number 7/QĐ-UBND --date 5/3/2026 --out t.pdf"));
}

fn joint() -> Paper {
    let mut paper = Paper::new(210.0, 297.0);
    paper.lines.extend([
        line("Số:          /NQLT-SNV", 60.0, 34.0),
        line("Sơn Hải, ngày       tháng       năm 2026", 150.0, 34.0),
        line("GIÁM ĐỐC SỞ NỘI VỤ", 60.0, 237.0),
        line("Trần Thị Bình", 60.0, 272.0),
        line("GIÁM ĐỐC SỞ TÀI CHÍNH", 150.0, 237.0),
        line("Lê Văn Cường", 150.0, 272.0),
    ]);
    paper
}

#[test]
fn two_who_sign_side_by_side_are_listed_with_page_and_millimetres_until_one_is_named() {
    let desk = Desk::new();
    desk.put("a.pdf", &joint().pdf());
    let leader = "--as leader --image hand.png";
    let (code, text) = desk.refused(&format!("a.pdf {leader} --key key.p12"));
    assert_eq!(code, "PLACE_AMBIGUOUS");
    for part in [
        "GIÁM ĐỐC SỞ NỘI VỤ – Trần Thị Bình (--place 1,37,24",
        "GIÁM ĐỐC SỞ TÀI CHÍNH – Lê Văn Cường (--place 1,127,24",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(desk.code(&format!("a.pdf {leader} --key key.p12 --anchor Không_Có_Ai")), "PLACE_NOT_FOUND");
    let first = place(&desk.sign(&format!("a.pdf {leader} --key key.p12 --anchor trần_thị_bình --out 1.pdf")));
    assert!((first.x_mm + first.width_mm / 2.0 - 60.0).abs() < 0.5, "{first:?}");
    let second =
        place(&desk.sign(&format!("1.pdf {leader} --key other.pem --anchor GIÁM_ĐỐC_SỞ_TÀI_CHÍNH --out 2.pdf")));
    assert!((second.x_mm + second.width_mm / 2.0 - 150.0).abs() < 0.5, "{second:?}");

    // The first leader's signing prepared one seal field; it is taken by itself, and the second seal finds the other.
    let seal = "--as seal --image seal.png --number 3/NQLT-SNV --date 5/3/2026";
    let one = place(&desk.sign(&format!("2.pdf {seal} --key key.p12 --out 3.pdf")));
    assert!((one.x_mm + one.width_mm - first.x_mm - first.width_mm / 3.0).abs() < 0.2, "{one:?}");
    let told = desk.sign(&format!("3.pdf {seal} --key other.pem --out 4.pdf"));
    assert_eq!(told["signed"]["field"], "congvan_seal2");
    let two = place(&told);
    assert!((two.x_mm + two.width_mm - second.x_mm - second.width_mm / 3.0).abs() < 0.2, "{two:?}");
    for (field, integrity, document) in desk.verdicts("4.pdf") {
        assert_eq!(integrity, "intact", "{field}");
        assert!(["unchanged", "allowed-changes"].contains(&document.as_str()), "{field}: {document}");
    }
}

#[test]
fn a_seal_that_finds_two_signatures_without_one_lists_them() {
    let desk = Desk::new();
    desk.put("a.pdf", &joint().pdf());
    desk.sign("a.pdf --as plain --key key.p12 --place 1,20,246 --out 1.pdf");
    desk.sign("1.pdf --as plain --key other.pem --place 1,120,246 --out 2.pdf");
    let seal = "--as seal --image seal.png --number 3/NQLT-SNV --date 5/3/2026 --key key.p12";
    let (code, text) = desk.refused(&format!("2.pdf {seal}"));
    assert_eq!(code, "SEAL_AMBIGUOUS");
    assert!(text.contains("(--place 1,20,246)") && text.contains("(--place 1,120,246)"), "{text}");
    // Both certificates name one person: the name does not decide, the place does.
    assert_eq!(desk.code(&format!("2.pdf {seal} --anchor TEST_ONLY_Nguyễn_Văn_Thử")), "SEAL_AMBIGUOUS");
    assert_eq!(desk.code(&format!("2.pdf {seal} --anchor Người_khác")), "SEAL_NEEDS_PLACE");
    desk.sign(&format!("2.pdf {seal} --place 1,5,240 --out 3.pdf"));
}

#[test]
fn a_scan_asks_for_a_place_and_a_document_without_signature_is_not_sealed() {
    let desk = Desk::new();
    let declared = "--declare-unclassified --key key.p12";
    assert_eq!(desk.code(&format!("scan.pdf --as leader --image hand.png {declared}")), "PLACE_NO_TEXT");
    desk.sign(&format!("scan.pdf --as leader --image hand.png --place 10,120,200 {declared} --out s.pdf"));
    let seal = "--as seal --image seal.png --number 3/QĐ-UBND --date 5/3/2026 --key key.p12";
    assert_eq!(desk.code(&format!("decision.pdf {seal}")), "SEAL_NEEDS_SIGNATURE");
    assert_eq!(desk.code("decision.pdf --as appendix --key key.p12"), "ROLE_NEEDS");
    assert_eq!(desk.code("decision.pdf --as copy --image seal.png --key key.p12"), "ROLE_FORBIDS");
    assert_eq!(desk.code("decision.pdf --key key.p12 --place 9,10,10 --image hand.png"), "NO_SUCH_PAGE");
    assert_eq!(desk.code("decision.pdf --key key.p12 --place 1,190,10 --image hand.png"), "PLACE_OUTSIDE");
    assert_eq!(desk.code("decision.pdf --key key.p12 --place 1,10,10,20,10 --image hand.png"), "STAMP_TOO_LARGE");
}

#[test]
fn a_certified_document_is_stamped_on_arrival_only_where_it_allows_that() {
    let desk = Desk::new();
    desk.sign("decision.pdf --as copy --certify 1 --key key.p12 --out 1.pdf");
    let before = desk.bytes("1.pdf");
    assert_eq!(desk.code("1.pdf --as incoming --number 1 --key other.pem"), "CERTIFIED");
    assert_eq!(desk.bytes("1.pdf"), before);
    desk.sign("decision.pdf --as copy --certify 2 --key key.p12 --out 2.pdf");
    desk.sign("2.pdf --as incoming --number 1 --key other.pem --out 3.pdf");
    for (field, integrity, document) in desk.verdicts("3.pdf") {
        assert_eq!(integrity, "intact", "{field}");
        assert_ne!(document, "changed", "{field}");
    }
    assert_eq!(desk.code("3.pdf --certify 2 --key key.p12"), "CERTIFY_FIRST");
    assert_eq!(desk.code("decision.pdf --as leader --certify 2 --key key.p12"), "ROLE_FORBIDS");
    assert_eq!(desk.run("sign decision.pdf --certify 4 --key key.p12").exit, Some(2));
}

/// First lines of documents that are not classified, though the word is in them.
const INNOCENT: [&[&str]; 10] = [
    &["KẾ HOẠCH", "Tăng cường công tác BẢO MẬT hệ thống thông tin"],
    &["BẢO MẬT"],
    &["CỤC QUẢN LÝ KỸ THUẬT NGHIỆP VỤ MẬT MÃ", "THÔNG BÁO"],
    &["V/v phòng trừ sâu bệnh cho vùng nuôi MẬT ONG"],
    &["MẬT ONG", "TIÊU CHUẨN CƠ SỞ"],
    &["Danh mục bí mật nhà nước của ngành Nội vụ đã được giải mật"],
    &["Mật khẩu của hệ thống"],
    &["ĐỘ MẬT: KHÔNG"],
    &["MẬT ĐỘ DÂN SỐ", "Báo cáo kết quả điều tra"],
    &["ĐÃ GIẢI MẬT"],
];

#[test]
fn ten_innocent_documents_are_signed_and_marked_ones_are_not() {
    let desk = Desk::new();
    let with = |lines: &[(&str, f64, f64)]| {
        let mut paper = Paper::new(210.0, 297.0);
        paper.lines.push(line("Số: 12/KH-SNV", 60.0, 34.0));
        paper.lines.extend(lines.iter().map(|(text, middle, baseline)| line(text, *middle, *baseline)));
        desk.put("a.pdf", &paper.pdf());
    };
    for lines in INNOCENT {
        let placed: Vec<_> = (0u32..).zip(lines).map(|(i, text)| (*text, 60.0, 45.0 + f64::from(i) * 7.0)).collect();
        with(&placed);
        let told = desk.sign("a.pdf --key key.p12 --out o.pdf");
        assert!(told["warnings"].is_null(), "{lines:?}: {told}");
    }
    for mark in ["MẬT", "TỐI MẬT", "TUYỆT MẬT", "T Ố I M Ậ T"] {
        with(&[(mark, 60.0, 45.0)]);
        assert_eq!(desk.code("a.pdf --key key.p12"), "MARKED_CLASSIFIED", "{mark}");
        // Not even a declaration helps where the mark stands.
        assert_eq!(desk.code("a.pdf --key key.p12 --declare-unclassified"), "MARKED_CLASSIFIED", "{mark}");
        with(&[(mark, 60.0, 200.0)]);
        let told = desk.sign("a.pdf --key key.p12 --out o.pdf");
        assert_eq!(told["warnings"][0]["code"], "SECRECY_MARK", "{mark}: {told}");
    }
    assert_eq!(desk.code("scan.pdf --key key.p12"), "NOT_CHECKED");
    let told = desk.sign("scan.pdf --key key.p12 --declare-unclassified --out o.pdf");
    assert_eq!(told["signed"]["declared_unclassified"], true);
}

#[test]
fn a_file_that_says_it_is_pdf_a_stays_one() {
    let desk = Desk::new();
    for (archive, intent) in
        [((1, 'B'), None), ((1, 'B'), Some(3)), ((2, 'U'), None), ((2, 'B'), Some(4)), ((3, 'B'), Some(3))]
    {
        let mut paper = Paper::new(210.0, 297.0).decision();
        (paper.archive, paper.intent) = (Some(archive), intent);
        desk.put("a.pdf", &paper.pdf());
        let told = desk.sign("a.pdf --as leader --key key.p12 --image hand.png --out l.pdf");
        assert!(told["warnings"].is_null(), "{archive:?}: {told}");
        desk.sign("l.pdf --as seal --key other.pem --image seal.png --number 7/QĐ-UBND --date 5/3/2026 --out s.pdf");
        let signed = desk.bytes("s.pdf");
        let added = &signed[desk.bytes("a.pdf").len()..];
        let has = |what: &[u8]| added.windows(what.len()).any(|w| w == what);
        let soft = archive.0 > 1 && intent.is_some();
        assert_eq!(has(b"/SMask"), soft, "{archive:?} {intent:?}");
        assert_eq!(has(b"/ImageMask true"), !soft, "{archive:?} {intent:?}");
        assert_eq!(has(b"/DefaultRGB"), intent != Some(3), "{archive:?} {intent:?}");
        assert!(!has(b"/ObjStm") && !has(b"/XRef"), "{archive:?}");
    }
}

#[test]
fn a_preview_shows_the_page_signs_nothing_and_needs_no_key() {
    let desk = Desk::new();
    let pem = String::from_utf8(desk.bytes("other.pem")).expect("text");
    let at = pem.rfind("-----BEGIN CERTIFICATE-----").expect("a certificate");
    desk.put("cert.pem", &pem.as_bytes()[at..]);
    let before = desk.bytes("decision.pdf");
    let told = desk.sign("decision.pdf --as leader --image hand.png --cert cert.pem --preview p.png");
    assert_eq!((told["preview"]["page"].as_u64(), told["signed"].is_null()), (Some(1), true), "{told}");
    assert_eq!(desk.bytes("decision.pdf"), before);
    assert!(!desk.path("decision.signed.pdf").exists());
    let image = desk.bytes("p.png");
    assert!(image.starts_with(b"\x89PNG"));
    // Never over a file that is there.
    let done = desk.run("sign decision.pdf --as leader --image hand.png --cert cert.pem --preview p.png");
    assert_eq!((done.exit, done.stderr.contains("already exists")), (Some(4), true), "{done:?}");
    assert_eq!(desk.run("sign decision.pdf scan.pdf --cert cert.pem --preview q.png").exit, Some(2));
}
