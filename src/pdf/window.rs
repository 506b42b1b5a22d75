//! A bounded window over a file: four cached blocks, however long the file is.

use std::io;
use std::sync::{Arc, Mutex};

use crate::base::read::ReadAt;

const BLOCK: usize = 32 << 10;
const BLOCKS: usize = 4;

/// Caches the blocks read last, so that reading objects costs few system calls and constant memory.
pub(crate) struct Window<'a> {
    inner: &'a dyn ReadAt,
    blocks: Mutex<Vec<Block>>,
}

struct Block {
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    pub(crate) fn new(inner: &'a dyn ReadAt) -> Self {
        Window { inner, blocks: Mutex::new(Vec::with_capacity(BLOCKS)) }
    }

    pub(crate) fn inner(&self) -> &'a dyn ReadAt {
        self.inner
    }
}

impl ReadAt for Window<'_> {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if buffer.len() >= BLOCK || self.inner.in_memory().is_some() {
            return self.inner.read_at(buffer, offset);
        }
        let block_length = u64::try_from(BLOCK).unwrap_or(1);
        let start = offset / block_length * block_length;
        let skip = usize::try_from(offset - start).unwrap_or(0);
        let Ok(mut blocks) = self.blocks.lock() else { return self.inner.read_at(buffer, offset) };
        let block = match blocks.iter().position(|block| block.start == start) {
            Some(at) => blocks.remove(at),
            None => {
                let length = self.inner.len().saturating_sub(start).min(block_length);
                let bytes = self.inner.read_range(start, length, BLOCK)?;
                if blocks.len() >= BLOCKS {
                    blocks.remove(0);
                }
                Block { start, bytes }
            }
        };
        let found = block.bytes.get(skip..).unwrap_or_default();
        let n = found.len().min(buffer.len());
        buffer[..n].copy_from_slice(&found[..n]);
        blocks.push(block);
        Ok(n)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        self.inner.in_memory()
    }

    fn shared(&self) -> Option<Arc<Vec<u8>>> {
        self.inner.shared()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::testing::OnDisk;

    #[test]
    fn reads_the_same_bytes_as_the_file_across_blocks() {
        let bytes: Vec<u8> = (0..BLOCK * 6).map(|n| u8::try_from(n % 251).expect("small")).collect();
        let file = OnDisk(bytes.clone());
        let window = Window::new(&file);
        for offset in [0, BLOCK - 3, BLOCK * 5, 7, BLOCK * 3 - 1, BLOCK * 6 - 2, BLOCK * 6] {
            let mut got = vec![0; 10];
            let from = u64::try_from(offset).expect("small");
            let n = window.read_at(&mut got, from).expect("memory");
            assert_eq!(got[..n], bytes[offset..offset + n]);
            assert!(n > 0 || offset == bytes.len());
        }
        assert!(window.blocks.lock().expect("not poisoned").len() <= BLOCKS);
    }
}
