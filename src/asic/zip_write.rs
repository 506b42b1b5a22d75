//! Writing a ZIP whose bytes depend on its content only: fixed time stamps, no extra fields, entries in the order given.

use std::io::{self, Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// How an entry is put in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Packing {
    /// As it is; the `mimetype` entry needs it (EN 319 162-1 A.1).
    Store,
    /// Compressed.
    Deflate,
}

/// A ZIP being written.
pub struct Writer<W: Write + Seek>(ZipWriter<W>);

impl<W: Read + Write + Seek> Writer<W> {
    /// Goes on with a ZIP that is there; its entries stay as they are.
    ///
    /// # Errors
    /// What `to` says, or that it is no ZIP.
    pub fn append(to: W) -> io::Result<Self> {
        Ok(Writer(ZipWriter::new_append(to).map_err(io::Error::from)?))
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Starts a ZIP; the `mimetype` entry of a container has to be added first.
    pub fn new(to: W) -> Self {
        Writer(ZipWriter::new(to))
    }

    /// Adds an entry from memory.
    ///
    /// # Errors
    /// What `to` says, or `InvalidInput` for a name that stands already.
    pub fn add(&mut self, name: &str, packing: Packing, content: &[u8]) -> io::Result<()> {
        self.add_from(name, packing, &mut io::Cursor::new(content))
    }

    /// Adds an entry of less than 4 GiB from a reader.
    ///
    /// # Errors
    /// As [`Writer::add`], and what `content` says.
    pub fn add_from(&mut self, name: &str, packing: Packing, content: &mut dyn Read) -> io::Result<()> {
        let method = match packing {
            Packing::Store => CompressionMethod::Stored,
            Packing::Deflate => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        self.0.start_file(name, options).map_err(io::Error::from)?;
        io::copy(content, &mut self.0)?;
        Ok(())
    }

    /// Writes the directory and hands the output back.
    ///
    /// # Errors
    /// What `to` says.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish().map_err(io::Error::from)
    }
}
