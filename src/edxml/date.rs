//! Dates of a packet: written in one form, read in every form met.
//!
//! The wire has `yyyy/MM/dd` and `yyyy/MM/dd HH:mm:ss` in Vietnam time without a zone (QCVN 102:2016/BTTTT).

use std::fmt;

use crate::base::time::{Civil, UnixTime, VIETNAM_OFFSET_S, days_in_month};

/// A day of the calendar.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Date {
    year: i64,
    month: u8,
    day: u8,
}

impl Date {
    /// A day between the years 1900 and 2999 that exists.
    pub fn new(year: i64, month: u8, day: u8) -> Option<Self> {
        let exists = (1900..=2999).contains(&year) && (1..=days_in_month(year, month)).contains(&day);
        exists.then_some(Date { year, month, day })
    }

    /// The day in Vietnam at an instant.
    pub fn of(instant: UnixTime) -> Option<Self> {
        let civil = instant.civil(VIETNAM_OFFSET_S);
        Date::new(civil.year, civil.month, civil.day)
    }

    /// Reads `yyyy/MM/dd`, `yyyy-MM-dd`, `dd/MM/yyyy`, `dd-MM-yyyy`, `dd.MM.yyyy`, `yyyyMMdd`, single digits allowed,
    /// with or without a time of day behind it. Two-digit years and days that do not exist are not read.
    pub fn parse(text: &str) -> Option<Self> {
        let day = text.trim().split(['T', 't', ' ']).next()?;
        if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
            return Date::new(day.get(..4)?.parse().ok()?, day.get(4..6)?.parse().ok()?, day.get(6..)?.parse().ok()?);
        }
        let separator = day.chars().find(|c| !c.is_ascii_digit()).filter(|c| "/-.".contains(*c))?;
        let mut parts = day.split(separator);
        let (first, month, last) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || month.is_empty() || month.len() > 2 {
            return None;
        }
        let (year, day) = match (first.len(), last.len()) {
            (4, 1 | 2) => (first, last),
            (1 | 2, 4) => (last, first),
            _ => return None,
        };
        let number = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse::<u8>().ok())?;
        Date::new(year.bytes().all(|b| b.is_ascii_digit()).then(|| year.parse().ok())??, number(month)?, number(day)?)
    }

    /// The calendar year.
    pub fn year(self) -> i64 {
        self.year
    }

    /// `2026-03-05`.
    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The form on the wire, `2026/03/05`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}/{:02}/{:02}", self.year, self.month, self.day)
    }
}

/// The wire form of an instant, `2026/03/05 14:07:09` in Vietnam time.
pub fn format_timestamp(instant: UnixTime) -> String {
    let c = instant.civil(VIETNAM_OFFSET_S);
    format!("{:04}/{:02}/{:02} {:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second)
}

/// Reads a time stamp in any form [`Date::parse`] takes followed by `HH:mm` or `HH:mm:ss`, with `T` or blanks between,
/// fractions cut off; without a zone it is Vietnam time.
pub fn parse_timestamp(text: &str) -> Option<UnixTime> {
    let text = text.trim();
    if let Some(instant) = UnixTime::parse_rfc3339(text) {
        return Some(instant);
    }
    let date = Date::parse(text)?;
    let (_, clock) = text.split_once(['T', 't', ' '])?;
    let clock = clock.trim().split('.').next()?;
    let mut parts = clock.split(':');
    let mut number = |required: bool| -> Option<u8> {
        match parts.next() {
            Some(p) => (p.len() <= 2 && p.bytes().all(|b| b.is_ascii_digit())).then(|| p.parse().ok())?,
            None => (!required).then_some(0),
        }
    };
    let civil = Civil {
        year: date.year,
        month: date.month,
        day: date.day,
        hour: number(true)?,
        minute: number(true)?,
        second: number(false)?,
    };
    if parts.next().is_some() {
        return None;
    }
    civil.to_unix().map(|t| t.plus(-VIETNAM_OFFSET_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_met_is_the_same_day() {
        for text in [
            "2026/03/05",
            " 2026-03-05 ",
            "05/03/2026",
            "5/3/2026",
            "05-03-2026",
            "05.03.2026",
            "20260305",
            "2026/3/5",
            "2026-03-05T00:00:00",
            "2026/03/05 10:11:12",
            "2026-03-05T00:00:00+07:00",
        ] {
            assert_eq!(Date::parse(text).map(|d| d.to_string()).as_deref(), Some("2026/03/05"), "{text}");
        }
    }

    #[test]
    fn days_that_do_not_exist_and_two_digit_years_are_not_read() {
        for text in ["2026/02/29", "2026/13/01", "05/03/26", "", "2026/03", "2026/03/05/06", "+026/03/05", "0010/03/05"]
        {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert!(Date::parse("2028/02/29").is_some());
    }

    #[test]
    fn time_stamps_are_vietnam_time_unless_they_say_otherwise() {
        let expected = UnixTime::parse_rfc3339("2026-03-05T14:07:09+07:00");
        for text in ["2026/03/05 14:07:09", "2026-03-05T14:07:09", "05/03/2026 14:07:09", "2026-03-05T07:07:09Z"] {
            assert_eq!(parse_timestamp(text), expected, "{text}");
        }
        assert_eq!(format_timestamp(expected.expect("valid")), "2026/03/05 14:07:09");
        for text in ["2026/03/05", "2026/03/05 24:00:00", "2026/03/05 1:2:3:4"] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }
}
