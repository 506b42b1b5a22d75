//! PDFs built in code, for tests: good ones in every cross-reference form, and hostile ones.

use std::fmt::Write as _;
use std::io;

use crate::base::read::ReadAt;

/// How the cross-reference data of a built file is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Table,
    Stream,
    /// Stream, with all objects but streams in one object stream.
    Compressed,
    /// A table whose `/XRefStm` holds the objects of one object stream.
    Hybrid,
}

pub(crate) const FORMS: [Form; 4] = [Form::Table, Form::Stream, Form::Compressed, Form::Hybrid];

/// A file under construction.
pub(crate) struct Builder {
    pub(crate) bytes: Vec<u8>,
    pub(crate) offsets: Vec<(u32, usize)>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Builder { bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), offsets: Vec::new() }
    }

    /// Continues a finished file with a later revision.
    pub(crate) fn after(file: &[u8]) -> Self {
        Builder { bytes: file.to_vec(), offsets: Vec::new() }
    }

    pub(crate) fn object(&mut self, number: u32, body: &str) -> &mut Self {
        self.raw(number, body.as_bytes())
    }

    pub(crate) fn raw(&mut self, number: u32, body: &[u8]) -> &mut Self {
        self.offsets.push((number, self.bytes.len()));
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(b"\nendobj\n");
        self
    }

    pub(crate) fn stream(&mut self, number: u32, dictionary: &str, data: &[u8]) -> &mut Self {
        let mut body = format!("<<{dictionary}/Length {}>>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.raw(number, &body)
    }

    /// Ends the revision with a table.
    pub(crate) fn table(&mut self, trailer: &str) -> Vec<u8> {
        let at = self.bytes.len();
        let mut text = String::from("xref\n");
        if !trailer.contains("/Prev") {
            text.push_str("0 1\n0000000000 65535 f \n");
        }
        for (number, offset) in &self.offsets {
            let _ = write!(text, "{number} 1\n{offset:010} 00000 n \n");
        }
        let _ = write!(text, "trailer\n<<{trailer}>>\nstartxref\n{at}\n%%EOF\n");
        self.bytes.extend_from_slice(text.as_bytes());
        std::mem::take(&mut self.bytes)
    }

    /// Writes a cross-reference stream as object `number`, with more rows `(object, stream, index)`.
    pub(crate) fn xref_stream(&mut self, number: u32, trailer: &str, compressed: &[(u32, u32, u16)]) -> usize {
        let at = self.bytes.len();
        let mut rows: Vec<(u32, u8, u32, u16)> =
            self.offsets.iter().map(|(n, o)| (*n, 1, u32::try_from(*o).expect("small"), 0)).collect();
        rows.push((number, 1, u32::try_from(at).expect("small"), 0));
        rows.extend(compressed.iter().map(|(n, stream, index)| (*n, 2, *stream, *index)));
        rows.sort_unstable();
        let index: String = rows.iter().map(|row| format!("{} 1 ", row.0)).collect();
        let mut data = Vec::new();
        for (_, kind, second, third) in rows {
            data.push(kind);
            data.extend_from_slice(&second.to_be_bytes());
            data.extend_from_slice(&third.to_be_bytes());
        }
        self.stream(number, &format!("/Type/XRef/W[1 4 2]/Index[{index}]{trailer}"), &data);
        at
    }

    pub(crate) fn end(&mut self, startxref: usize) -> Vec<u8> {
        self.bytes.extend_from_slice(format!("startxref\n{startxref}\n%%EOF\n").as_bytes());
        std::mem::take(&mut self.bytes)
    }
}

const CONTENT: &[u8] = b"BT /F1 24 Tf 72 720 Td (Quyet dinh) Tj ET";
const ID: &str = "/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]";

/// A one-page document; catalog 1, page tree 2, page 3, content 4, font 5. `catalog` and `page` are added to those
/// dictionaries.
pub(crate) fn document(form: Form, catalog: &str, page: &str) -> Vec<u8> {
    document_with(form, catalog, page, &[])
}

/// [`document`] with further objects from number 10.
pub(crate) fn document_with(form: Form, catalog: &str, page: &str, more: &[(u32, &str)]) -> Vec<u8> {
    let mut objects = vec![
        (1, format!("<</Type/Catalog/Pages 2 0 R{catalog}>>")),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595.276 841.89]>>".to_owned()),
        (3, format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{page}>>")),
        (5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned()),
    ];
    objects.extend(more.iter().map(|(number, body)| (*number, (*body).to_owned())));
    let size = objects.iter().map(|o| o.0).max().unwrap_or(0).max(40) + 3;
    let trailer = format!("/Root 1 0 R/Size {size}{ID}");
    let mut builder = Builder::new();
    builder.stream(4, "", CONTENT);
    match form {
        Form::Table | Form::Stream => {
            for (number, body) in &objects {
                builder.object(*number, body);
            }
            if form == Form::Table {
                return builder.table(&trailer);
            }
            let at = builder.xref_stream(size - 1, &trailer, &[]);
            builder.end(at)
        }
        Form::Compressed | Form::Hybrid => {
            // The catalog stays visible to old readers of a hybrid file, so that they see a document.
            let hidden: Vec<&(u32, String)> =
                objects.iter().filter(|(n, _)| form == Form::Compressed || *n == 5 || *n >= 10).collect();
            for (number, body) in objects.iter().filter(|o| !hidden.contains(o)) {
                builder.object(*number, body);
            }
            let (mut index, mut data) = (String::new(), String::new());
            for (number, body) in &hidden {
                let _ = write!(index, "{number} {} ", data.len());
                let _ = write!(data, "{body} ");
            }
            let container = size - 2;
            let dictionary = format!("/Type/ObjStm/N {}/First {}", hidden.len(), index.len());
            builder.stream(container, &dictionary, format!("{index}{data}").as_bytes());
            let rows: Vec<(u32, u32, u16)> =
                hidden.iter().zip(0u16..).map(|((number, _), index)| (*number, container, index)).collect();
            let at = builder.xref_stream(size - 1, &trailer, &rows);
            if form == Form::Compressed {
                return builder.end(at);
            }
            builder.table(&format!("{trailer}/XRefStm {at}"))
        }
    }
}

/// [`document`] with a table, encrypted by lopdf with the owner password `owner`.
pub(crate) fn encrypted(user: &str) -> Vec<u8> {
    let mut file = lopdf::Document::load_mem(&document(Form::Table, "", "")).expect("loads");
    let version = lopdf::EncryptionVersion::V2 {
        document: &file,
        owner_password: "owner",
        user_password: user,
        key_length: 128,
        permissions: lopdf::Permissions::all(),
    };
    let state = lopdf::EncryptionState::try_from(version).expect("a state");
    file.encrypt(&state).expect("encrypts");
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).expect("memory");
    bytes
}

/// A file of which only both ends are kept; blanks lie between.
pub(crate) struct Sparse {
    head: Vec<u8>,
    tail_at: u64,
    tail: Vec<u8>,
}

impl Sparse {
    pub(crate) fn followed_by(&self, bytes: &[u8]) -> Sparse {
        Sparse { head: self.head.clone(), tail_at: self.tail_at, tail: [&self.tail, bytes].concat() }
    }
}

impl ReadAt for Sparse {
    fn len(&self) -> u64 {
        self.tail_at + u64::try_from(self.tail.len()).expect("small")
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let wanted = usize::try_from(self.len().saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        for (at, byte) in buffer[..wanted].iter_mut().enumerate() {
            let position = offset + u64::try_from(at).expect("small");
            let inside = |start: u64, bytes: &[u8]| {
                position.checked_sub(start).and_then(|n| usize::try_from(n).ok()).and_then(|n| bytes.get(n).copied())
            };
            *byte = inside(self.tail_at, &self.tail).or_else(|| inside(0, &self.head)).unwrap_or(b' ');
        }
        Ok(wanted)
    }
}

/// A one-page document with a table, all of whose objects lie beyond 10^10 bytes.
pub(crate) fn past_ten_digits() -> Sparse {
    let tail_at = 10_000_000_005;
    let position = |tail: &[u8]| tail_at + u64::try_from(tail.len()).expect("small");
    let mut tail = Vec::new();
    let mut rows = String::new();
    for (number, body) in [
        (1, "<</Type/Catalog/Pages 2 0 R>>"),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>"),
        (3, "<</Type/Page/Parent 2 0 R>>"),
    ] {
        rows.push_str(&format!("{} 00000 n \n", position(&tail)));
        tail.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let xref = position(&tail);
    let end = format!("xref\n1 3\n{rows}trailer\n<</Root 1 0 R/Size 4>>\nstartxref\n{xref}\n%%EOF\n");
    tail.extend_from_slice(end.as_bytes());
    Sparse { head: b"%PDF-1.7\n".to_vec(), tail_at, tail }
}

/// A page of A4 with this content: the one page of `document`, which holds what `resources` name; `more` goes into its
/// dictionary.
pub(crate) fn one_page(
    mut document: lopdf::Document,
    content: &[u8],
    resources: lopdf::Dictionary,
    more: &lopdf::Dictionary,
) -> Vec<u8> {
    use lopdf::{Dictionary, Object, Stream, dictionary};
    let content = document.add_object(Stream::new(Dictionary::new(), content.to_vec()));
    let pages = document.new_object_id();
    let mut page = dictionary! {
        "Type" => "Page", "Parent" => Object::Reference(pages), "Contents" => Object::Reference(content),
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()], "Resources" => resources,
    };
    page.extend(more);
    let page = document.add_object(page);
    let tree = dictionary! { "Type" => "Pages", "Count" => 1, "Kids" => vec![Object::Reference(page)] };
    document.objects.insert(pages, Object::Dictionary(tree));
    let root = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => Object::Reference(pages) });
    document.trailer.set("Root", Object::Reference(root));
    let mut file = Vec::new();
    document.save_to(&mut file).expect("memory");
    file
}

/// Bytes that are only to be had by reading, as those of a file on disk.
pub(crate) struct OnDisk(pub(crate) Vec<u8>);

impl ReadAt for OnDisk {
    fn len(&self) -> u64 {
        ReadAt::len(&self.0)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}
