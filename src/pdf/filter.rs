//! Stream filters the structure of a file needs — ISO 32000-2 7.4: Flate with predictors, ASCIIHex, ASCII85,
//! LZW and RunLength. Image filters are none of our business.
//!
//! Output is bounded by the caller; a stream that wants more is an error, not a bigger buffer.

use std::borrow::Cow;
use std::cell::RefCell;

use super::object::{Dictionary, Object};

/// Why a stream could not be decoded.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// A filter this reader does not know.
    #[error("stream filter {0} is not one this program decodes")]
    Unknown(String),
    /// More filters than any sane file chains.
    #[error("a stream chains too many filters")]
    TooMany,
    /// The data does not follow its filter.
    #[error("{0} data is damaged")]
    Damaged(&'static str),
    /// More output than `limit` bytes.
    #[error("a stream decodes to more than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
    /// Predictor parameters that make no sense.
    #[error("predictor parameters are out of range")]
    Predictor,
}

const MAX_FILTERS: usize = 8;

/// Decodes `data` through the filters of a stream dictionary. `/Filter` and `/DecodeParms` must be direct by now.
///
/// # Errors
/// [`FilterError`]; nothing is returned from a half-decoded stream.
pub fn decode<'d>(
    dictionary: &Dictionary,
    data: impl Into<Cow<'d, [u8]>>,
    limit: usize,
) -> Result<Vec<u8>, FilterError> {
    let filters: Vec<&[u8]> = match dictionary.get("Filter").or_else(|| dictionary.get("F")) {
        None => Vec::new(),
        Some(Object::Name(name)) => vec![name],
        Some(Object::Array(items)) => items.iter().filter_map(Object::as_name).collect(),
        Some(_) => return Err(FilterError::Unknown("(not a name)".to_owned())),
    };
    if filters.len() > MAX_FILTERS {
        return Err(FilterError::TooMany);
    }
    let mut data = data.into();
    for (at, filter) in filters.iter().enumerate() {
        let parameters = match dictionary.get("DecodeParms").or_else(|| dictionary.get("DP")) {
            Some(Object::Array(items)) => items.get(at).and_then(Object::as_dictionary),
            Some(other) if at == 0 || filters.len() == 1 => other.as_dictionary(),
            _ => None,
        };
        let decoded = match *filter {
            b"FlateDecode" | b"Fl" => predict(inflate(&data, limit)?, parameters, limit)?,
            b"LZWDecode" | b"LZW" => {
                let early = parameters.and_then(|p| p.integer("EarlyChange")).unwrap_or(1) != 0;
                predict(lzw(&data, early, limit)?, parameters, limit)?
            }
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(&data)?,
            b"ASCII85Decode" | b"A85" => ascii_85(&data, limit)?,
            b"RunLengthDecode" | b"RL" => run_length(&data, limit)?,
            b"Crypt" => match parameters.and_then(|p| p.name("Name")) {
                None | Some(b"Identity") => continue,
                Some(name) => return Err(FilterError::Unknown(format!("Crypt {}", String::from_utf8_lossy(name)))),
            },
            other => return Err(FilterError::Unknown(String::from_utf8_lossy(other).into_owned())),
        };
        if decoded.len() > limit {
            return Err(FilterError::TooLarge { limit });
        }
        data = decoded.into();
    }
    Ok(data.into_owned())
}

thread_local! {
    // Setting one up costs as much as decoding a small stream.
    static INFLATING: RefCell<Option<flate2::Decompress>> = const { RefCell::new(None) };
}

fn inflate(data: &[u8], limit: usize) -> Result<Vec<u8>, FilterError> {
    let mut state = INFLATING.take().unwrap_or_else(|| flate2::Decompress::new(true));
    state.reset(true);
    let out = inflate_with(&mut state, data, limit);
    INFLATING.set(Some(state));
    out
}

fn inflate_with(state: &mut flate2::Decompress, data: &[u8], limit: usize) -> Result<Vec<u8>, FilterError> {
    const FIRST: usize = 1 << 10;
    let damaged = FilterError::Damaged("FlateDecode");
    // Most streams fit into this and are written in one go.
    let mut out = Vec::with_capacity(data.len().saturating_mul(4).max(FIRST).min(limit.saturating_add(1)));
    let mut rest = data;
    loop {
        let (read, made) = (state.total_in(), state.total_out());
        let status =
            state.decompress_vec(rest, &mut out, flate2::FlushDecompress::None).map_err(|_| damaged.clone())?;
        if out.len() > limit {
            return Err(FilterError::TooLarge { limit });
        }
        if status == flate2::Status::StreamEnd {
            return Ok(out);
        }
        let read = usize::try_from(state.total_in().saturating_sub(read)).unwrap_or(usize::MAX);
        rest = rest.get(read..).unwrap_or_default();
        let full = out.len() == out.capacity();
        if !full && read == 0 && state.total_out() == made {
            // It wants more than there is.
            return Err(damaged);
        }
        if full {
            out.reserve(out.len().min(limit.saturating_sub(out.len())).saturating_add(1));
        }
    }
}

// ISO 32000-2 7.4.4.4.
fn predict(data: Vec<u8>, parameters: Option<&Dictionary>, limit: usize) -> Result<Vec<u8>, FilterError> {
    let Some(parameters) = parameters else { return Ok(data) };
    let number = |key: &str, default: i64, most: i64| {
        let value = parameters.integer(key).unwrap_or(default);
        usize::try_from(value).ok().filter(|_| (1..=most).contains(&value)).ok_or(FilterError::Predictor)
    };
    let predictor = number("Predictor", 1, 15)?;
    if predictor == 1 {
        return Ok(data);
    }
    let (colors, bits, columns) =
        (number("Colors", 1, 32)?, number("BitsPerComponent", 8, 16)?, number("Columns", 1, 1 << 20)?);
    let pixel = (colors * bits).div_ceil(8).max(1);
    let row = (colors * bits * columns).div_ceil(8);
    if row > limit {
        return Err(FilterError::Predictor);
    }
    if predictor == 2 {
        return tiff(data, bits, colors, row);
    }
    let mut out = Vec::with_capacity(data.len());
    let mut above = vec![0u8; row];
    for line in data.chunks(row + 1) {
        let Some((kind, coded)) = line.split_first() else { break };
        let mut current = coded.to_vec();
        current.resize(row, 0);
        for at in 0..row {
            let left = if at >= pixel { current[at - pixel] } else { 0 };
            let up = above[at];
            let upper_left = if at >= pixel { above[at - pixel] } else { 0 };
            let prediction = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::try_from((u16::from(left) + u16::from(up)) / 2).unwrap_or(0),
                4 => paeth(left, up, upper_left),
                _ => return Err(FilterError::Damaged("PNG predictor")),
            };
            current[at] = current[at].wrapping_add(prediction);
        }
        out.extend_from_slice(&current[..coded.len().min(row)]);
        above = current;
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, upper_left: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(upper_left);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(upper_left) {
        left
    } else if distance(up) <= distance(upper_left) {
        up
    } else {
        upper_left
    }
}

fn tiff(mut data: Vec<u8>, bits: usize, colors: usize, row: usize) -> Result<Vec<u8>, FilterError> {
    if bits != 8 {
        return Err(FilterError::Predictor);
    }
    for line in data.chunks_mut(row) {
        for at in colors..line.len() {
            line[at] = line[at].wrapping_add(line[at - colors]);
        }
    }
    Ok(data)
}

fn ascii_hex(data: &[u8]) -> Result<Vec<u8>, FilterError> {
    let mut digits = Vec::with_capacity(data.len());
    for byte in data {
        match byte {
            b'>' => break,
            _ if byte.is_ascii_hexdigit() => digits.push(*byte),
            _ if super::lexer::is_space(*byte) => {}
            _ => return Err(FilterError::Damaged("ASCIIHexDecode")),
        }
    }
    if digits.len() % 2 == 1 {
        digits.push(b'0');
    }
    let text = std::str::from_utf8(&digits).map_err(|_| FilterError::Damaged("ASCIIHexDecode"))?;
    crate::base::encoding::from_hex(text).ok_or(FilterError::Damaged("ASCIIHexDecode"))
}

fn ascii_85(data: &[u8], limit: usize) -> Result<Vec<u8>, FilterError> {
    let damaged = FilterError::Damaged("ASCII85Decode");
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for byte in data {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group.push(byte - b'!');
                if group.len() == 5 {
                    out.extend_from_slice(&ascii_85_group(&group).ok_or_else(|| damaged.clone())?);
                    group.clear();
                }
            }
            _ if super::lexer::is_space(*byte) => {}
            _ => return Err(damaged),
        }
        if out.len() > limit {
            return Err(FilterError::TooLarge { limit });
        }
    }
    match group.len() {
        0 => {}
        1 => return Err(damaged),
        n => {
            group.resize(5, 84);
            let bytes = ascii_85_group(&group).ok_or(damaged)?;
            out.extend_from_slice(&bytes[..n - 1]);
        }
    }
    Ok(out)
}

fn ascii_85_group(group: &[u8]) -> Option<[u8; 4]> {
    let value = group.iter().try_fold(0u32, |sum, digit| sum.checked_mul(85)?.checked_add(u32::from(*digit)))?;
    Some(value.to_be_bytes())
}

fn run_length(data: &[u8], limit: usize) -> Result<Vec<u8>, FilterError> {
    let mut out = Vec::new();
    let mut rest = data;
    while let Some((length, tail)) = rest.split_first() {
        match length {
            128 => break,
            0..=127 => {
                let count = usize::from(*length) + 1;
                let (copied, tail) = tail.split_at_checked(count).ok_or(FilterError::Damaged("RunLengthDecode"))?;
                out.extend_from_slice(copied);
                rest = tail;
            }
            _ => {
                let (byte, tail) = tail.split_first().ok_or(FilterError::Damaged("RunLengthDecode"))?;
                out.resize(out.len() + 257 - usize::from(*length), *byte);
                rest = tail;
            }
        }
        if out.len() > limit {
            return Err(FilterError::TooLarge { limit });
        }
    }
    Ok(out)
}

fn lzw(data: &[u8], early: bool, limit: usize) -> Result<Vec<u8>, FilterError> {
    let damaged = || FilterError::Damaged("LZWDecode");
    let mut out: Vec<u8> = Vec::new();
    // Each code above 257 is a slice of the output written so far.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<(usize, usize)> = None;
    let (mut bits, mut count, mut width) = (0u32, 0u32, 9u32);
    for byte in data {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        if count < width {
            continue;
        }
        let code = usize::try_from(bits >> (count - width) & ((1 << width) - 1)).unwrap_or(0);
        count -= width;
        bits &= (1 << count) - 1;
        match code {
            256 => {
                table.clear();
                previous = None;
                width = 9;
                continue;
            }
            257 => return Ok(out),
            _ => {}
        }
        let start = out.len();
        if code < 256 {
            out.push(u8::try_from(code).unwrap_or(0));
        } else {
            let (from, length) = match table.get(code - 258) {
                Some(entry) => *entry,
                None if code - 258 == table.len() => previous.map(|(f, l)| (f, l + 1)).ok_or_else(damaged)?,
                None => return Err(damaged()),
            };
            for at in from..from + length {
                let copied = *out.get(at).ok_or_else(damaged)?;
                out.push(copied);
            }
        }
        if out.len() > limit {
            return Err(FilterError::TooLarge { limit });
        }
        if let Some((from, length)) = previous
            && table.len() < 4096 - 258
        {
            table.push((from, length + 1));
        }
        previous = Some((start, out.len() - start));
        let next = table.len() + 258 + usize::from(early) + usize::from(previous.is_some());
        width = match next {
            0..=512 => 9,
            513..=1024 => 10,
            1025..=2048 => 11,
            _ => 12,
        };
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(data).expect("memory");
        encoder.finish().expect("memory")
    }

    fn dictionary(text: &[u8]) -> Dictionary {
        let bytes = text.to_vec();
        let object = crate::pdf::lexer::Lexer::new(&bytes, 0).object().expect("valid");
        object.as_dictionary().expect("a dictionary").clone()
    }

    #[test]
    fn flate_with_the_up_predictor_is_undone() {
        let rows = deflate(&[2, 1, 2, 3, 2, 1, 1, 1]);
        let got = decode(&dictionary(b"<</Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 3>>>>"), rows, 100);
        assert_eq!(got, Ok(vec![1, 2, 3, 2, 3, 4]));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = deflate(&vec![0; 1 << 20]);
        let dictionary = dictionary(b"<</Filter[/FlateDecode]>>");
        assert_eq!(decode(&dictionary, bomb.clone(), 1000), Err(FilterError::TooLarge { limit: 1000 }));
        assert_eq!(decode(&dictionary, bomb, 1 << 20).map(|d| d.len()), Ok(1 << 20));
    }

    #[test]
    fn text_filters_decode_and_refuse_rubbish() {
        let hex = dictionary(b"<</Filter/ASCIIHexDecode>>");
        assert_eq!(decode(&hex, b"48 65 6C6C 7>zz".to_vec(), 100), Ok(b"Hellp".to_vec()));
        assert!(decode(&hex, b"4x".to_vec(), 100).is_err());
        let base85 = dictionary(b"<</Filter/A85>>");
        assert_eq!(decode(&base85, b"87cURD]i,\"Ebo80~>".to_vec(), 100), Ok(b"Hello World!".to_vec()));
        assert_eq!(decode(&base85, b"z~>".to_vec(), 100), Ok(vec![0; 4]));
        assert!(decode(&base85, b"uuuuu~>".to_vec(), 100).is_err());
    }

    #[test]
    fn lzw_of_the_standards_example_decodes() {
        // ISO 32000-2 7.4.4.2, example 1.
        let coded = vec![0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
        let got = decode(&dictionary(b"<</Filter/LZWDecode>>"), coded, 100);
        assert_eq!(got, Ok(vec![45, 45, 45, 45, 45, 65, 45, 45, 45, 66]));
    }

    #[test]
    fn unknown_filters_and_silly_predictors_are_named() {
        assert!(matches!(decode(&dictionary(b"<</Filter/DCTDecode>>"), vec![], 9), Err(FilterError::Unknown(_))));
        let silly = dictionary(b"<</Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 99999999999>>>>");
        assert_eq!(decode(&silly, deflate(b"x"), 9), Err(FilterError::Predictor));
    }
}
