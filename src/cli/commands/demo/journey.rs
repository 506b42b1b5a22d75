//! The journey: draft → leader → seal → package → endpoint → inbox → register → audit.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::province::{Province, RECEIVER, SENDER};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::files::{Existing, path_text, read_small, write_whole};
use crate::cli::texts::errors::Code;
use crate::cli::texts::{Lang, Text, demo as texts};
use crate::cli::{clock, run_quietly};

/// Longest wait for the endpoint to take connections.
const PATIENCE: Duration = Duration::from_secs(10);

/// One word of a command line.
enum Word<'a> {
    Plain(&'a str),
    Owned(String),
    File(&'a str),
}

use Word::{File, Owned, Plain};

/// Runs every step; stops at the first that does not end as it must.
///
/// # Errors
/// [`Code::DemoFailed`] with the step that went wrong.
pub(super) fn travel(province: &Province, context: &mut Context) -> Result<Exit, CliError> {
    let mut demo = Demo { province, context, step: 0 };
    let today = clock::now().civil(crate::base::time::VIETNAM_OFFSET_S);
    let date = format!("{:04}-{:02}-{:02}", today.year, today.month, today.day);

    demo.tell(texts::LEADER)?;
    demo.must(
        &[
            Plain("sign"),
            File("1-draft.pdf"),
            Plain("--as"),
            Plain("leader"),
            Plain("--profile"),
            File("ubnd/leader.toml"),
            Plain("--image"),
            File("ubnd/signature.png"),
            Plain("--level"),
            Plain("t"),
            Plain("--out"),
            File("2-signed-by-leader.pdf"),
        ],
        Exit::Done,
    )?;
    demo.tell(texts::SEAL)?;
    demo.must(
        &[
            Plain("sign"),
            File("2-signed-by-leader.pdf"),
            Plain("--as"),
            Plain("seal"),
            Plain("--profile"),
            File("ubnd/seal.toml"),
            Plain("--image"),
            File("ubnd/seal.png"),
            Plain("--number"),
            Plain("127"),
            Plain("--date"),
            Owned(date.clone()),
            Plain("--level"),
            Plain("t"),
            Plain("--out"),
            File("3-issued.pdf"),
        ],
        Exit::Done,
    )?;
    demo.tell(texts::VERIFY)?;
    demo.must(&demo.verify("3-issued.pdf"), Exit::Done)?;
    demo.tell(texts::PACK)?;
    demo.must(
        &[
            Plain("pack"),
            File("3-issued.pdf"),
            Plain("--from"),
            Owned(format!("{SENDER}=Ủy ban nhân dân tỉnh Sơn Hải")),
            Plain("--to"),
            Owned(format!("{RECEIVER}=Sở Khoa học và Công nghệ")),
            Plain("--number"),
            Plain("127"),
            Plain("--notation"),
            Plain("QĐ-UBND"),
            Plain("--date"),
            Owned(date.clone()),
            Plain("--type"),
            Plain("Quyết định"),
            Plain("--subject"),
            Plain("Ban hành Quy chế gửi, nhận và xử lý văn bản điện tử"),
            Plain("--place"),
            Plain("Sơn Hải"),
            Plain("--signer"),
            Plain("Nguyễn Văn An"),
            Plain("--position"),
            Plain("Phó Chủ tịch"),
            Plain("--competence"),
            Plain("KT."),
            Plain("--out"),
            File("4-package.edxml"),
        ],
        Exit::Done,
    )?;
    demo.tell(texts::SERVE)?;
    for (code, role, certificate, name) in [
        (SENDER, "tls", "ubnd/tls.cert.pem", "Ủy ban nhân dân tỉnh Sơn Hải"),
        (SENDER, "seal", "ubnd/seal.cert.pem", "Ủy ban nhân dân tỉnh Sơn Hải"),
        (RECEIVER, "tls", "skhcn/tls.cert.pem", "Sở Khoa học và Công nghệ"),
        (RECEIVER, "seal", "skhcn/seal.cert.pem", "Sở Khoa học và Công nghệ"),
    ] {
        demo.must(
            &[
                Plain("serve"),
                Plain("--config"),
                File("endpoint/congvan.toml"),
                Plain("agency"),
                Plain("add"),
                Plain(code),
                Plain("--cert"),
                File(certificate),
                Plain("--role"),
                Plain(role),
                Plain("--name"),
                Plain(name),
            ],
            Exit::Done,
        )?;
    }
    demo.serve()?;
    demo.tell(texts::PUSH)?;
    let push = [
        Plain("push"),
        File("4-package.edxml"),
        Plain("--to"),
        Plain(RECEIVER),
        Plain("--number"),
        Plain("127"),
        Plain("--notation"),
        Plain("QĐ-UBND"),
        Plain("--date"),
        Owned(date),
        Plain("--profile"),
        File("ubnd/seal.toml"),
        Plain("--journal"),
        File("ubnd/journal"),
        Plain("--receipt"),
        File("5-receipt.json"),
    ];
    demo.must(&push, Exit::Done)?;
    demo.tell(texts::PUSH_AGAIN)?;
    let first = read_small(&province.path("5-receipt.json"), 1 << 20)?;
    demo.must(&push, Exit::Done)?;
    if read_small(&province.path("5-receipt.json"), 1 << 20)? != first {
        return Err(CliError::new(Code::DemoFailed).with("step", "push"));
    }
    demo.tell(texts::PULL)?;
    demo.must(
        &[
            Plain("pull"),
            Plain("--out"),
            File("6-received"),
            Plain("--profile"),
            File("skhcn/seal.toml"),
            Plain("--journal"),
            File("skhcn/journal"),
        ],
        Exit::Done,
    )?;
    let received = demo.received()?;
    let received = |name: &str| format!("{received}/{name}");
    demo.tell(texts::UNPACK)?;
    let (package, files) = (received("package.edxml"), received("files"));
    demo.must(&[Plain("unpack"), File(&package), Plain("--out"), File(&files)], Exit::Done)?;
    let document = demo.document_in(&files)?;
    demo.tell(texts::STATUS)?;
    demo.must(
        &[Plain("status"), Plain("--profile"), File("ubnd/seal.toml"), Plain("--journal"), File("ubnd/journal")],
        Exit::Done,
    )?;
    demo.tell(texts::AUDIT)?;
    let chain = [
        Plain("audit"),
        Plain("chain"),
        File(&document),
        Plain("--anchor"),
        File("ca/root.pem"),
        Plain("--crl"),
        File("ca/crl"),
        Plain("--offline"),
    ];
    demo.must(&chain, Exit::Done)?;
    demo.tell(texts::TAMPER)?;
    let mut bytes = read_small(&province.path("3-issued.pdf"), 64 << 20)?;
    if let Some(byte) = bytes.get_mut(20_000) {
        *byte ^= 1;
    }
    write_whole(&province.path("7-tampered.pdf"), &bytes, Existing::Keep, &[])?;
    demo.must(&demo.verify("7-tampered.pdf"), Exit::Failed)?;
    Ok(Exit::Done)
}

struct Demo<'a> {
    province: &'a Province,
    context: &'a mut Context,
    step: u32,
}

impl<'a> Demo<'a> {
    fn tell(&mut self, text: Text) -> Result<(), CliError> {
        self.step += 1;
        let line = format!("\n{}. {}", self.step, text.get(self.context.lang));
        self.context.out.line(&line)
    }

    fn verify(&self, name: &'a str) -> [Word<'a>; 7] {
        [
            Plain("verify"),
            File(name),
            Plain("--anchor"),
            File("ca/root.pem"),
            Plain("--crl"),
            File("ca/crl"),
            Plain("--offline"),
        ]
    }

    /// Shows a command line, runs it, shows what it said, and holds it to its exit code.
    fn must(&mut self, words: &[Word<'_>], wanted: Exit) -> Result<(), CliError> {
        let shown: Vec<String> = words.iter().map(Word::shown).collect();
        self.context.out.line(&format!("   $ congvan {}", shown.join(" ")))?;
        self.context.out.flush()?;
        let arguments: Vec<OsString> = self.arguments(words);
        let (exit, said) = run_quietly(&arguments);
        // Paths are shown as they are typed inside the folder.
        let folder = path_text(&self.province.path(""));
        for line in said.lines() {
            self.context.out.line(&format!("     {}", line.replace(&folder, "")))?;
        }
        self.context.out.flush()?;
        if exit == wanted {
            return Ok(());
        }
        Err(CliError::new(Code::DemoFailed).with("step", shown.first().map_or("", String::as_str)))
    }

    fn arguments(&self, words: &[Word<'_>]) -> Vec<OsString> {
        let lang = match self.context.lang {
            Lang::Vi => "vi",
            Lang::En => "en",
        };
        let mut all: Vec<OsString> = ["congvan", "--lang", lang].map(OsString::from).to_vec();
        all.extend(words.iter().map(|w| w.real(self.province)));
        all
    }

    /// Starts the endpoint on a thread that ends with the process, and waits until it answers.
    fn serve(&mut self) -> Result<(), CliError> {
        let words = [Plain("serve"), Plain("--quiet"), Plain("--config"), File("endpoint/congvan.toml")];
        let shown: Vec<String> = words.iter().map(Word::shown).collect();
        self.context.out.line(&format!("   $ congvan {} &", shown.join(" ")))?;
        let arguments = self.arguments(&words);
        let started = Instant::now();
        let thread = std::thread::spawn(move || run_quietly(&arguments));
        while !self.province.endpoint_answers() {
            if thread.is_finished() || started.elapsed() > PATIENCE {
                let said = if thread.is_finished() {
                    thread.join().map(|(_, said)| said).unwrap_or_default()
                } else {
                    String::new()
                };
                self.context.out.line(&said)?;
                return Err(CliError::new(Code::DemoFailed).with("step", "serve"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The folder of the one delivery received, relative to the province.
    fn received(&self) -> Result<String, CliError> {
        let folder = self.province.path("6-received");
        let mut names = names_in(&folder)?;
        names.retain(|name| name.starts_with(SENDER));
        match names.as_slice() {
            [only] => Ok(format!("6-received/{only}")),
            _ => Err(CliError::new(Code::DemoFailed).with("step", "pull")),
        }
    }

    fn document_in(&self, folder: &str) -> Result<String, CliError> {
        let names = names_in(&self.province.path(folder))?;
        let pdf = names.iter().find(|name| name.ends_with(".pdf"));
        pdf.map(|name| format!("{folder}/{name}")).ok_or_else(|| CliError::new(Code::DemoFailed).with("step", "unpack"))
    }
}

impl Word<'_> {
    fn shown(&self) -> String {
        let text = match self {
            Plain(text) | File(text) => text,
            Owned(text) => text.as_str(),
        };
        if text.contains([' ', '\'']) { format!("'{text}'") } else { text.to_owned() }
    }

    fn real(&self, province: &Province) -> OsString {
        match self {
            Plain(text) => OsString::from(text),
            Owned(text) => OsString::from(text),
            File(name) => province.path(name).into_os_string(),
        }
    }
}

fn names_in(folder: &PathBuf) -> Result<Vec<String>, CliError> {
    let entries = std::fs::read_dir(folder).map_err(|e| CliError::reading(folder, &e))?;
    let mut names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}
