//! Instants, in whole seconds, and the three spellings we print them in.
//!
//! Nothing here reads a clock: the current time is always an argument, handed down from `cli`.

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds ignored; negative before 1970.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixTime(pub i64);

/// Offset of Vietnam time from UTC in seconds (+07:00, no daylight saving).
pub const VIETNAM_OFFSET_S: i64 = 7 * 3_600;

/// A calendar reading of an instant at some fixed offset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Civil {
    /// Proleptic Gregorian year.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

impl Civil {
    /// The instant this reading names when read as UTC; `None` for a day or hour that does not exist.
    pub fn to_unix(self) -> Option<UnixTime> {
        let ok = (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && (-99_999..=99_999).contains(&self.year);
        ok.then(|| {
            let days = days_from_civil(self.year, i64::from(self.month), i64::from(self.day));
            UnixTime(
                days * 86_400 + i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60 + i64::from(self.second),
            )
        })
    }
}

impl UnixTime {
    /// The calendar reading at `offset_s` seconds east of UTC.
    pub fn civil(self, offset_s: i64) -> Civil {
        let shifted = self.0.saturating_add(offset_s);
        let (year, month, day) = civil_from_days(shifted.div_euclid(86_400));
        let rest = shifted.rem_euclid(86_400);
        let small = |v: i64| u8::try_from(v).unwrap_or(0);
        Civil {
            year,
            month: small(month),
            day: small(day),
            hour: small(rest / 3_600),
            minute: small(rest / 60 % 60),
            second: small(rest % 60),
        }
    }

    /// `2026-03-05T14:07:09Z` (RFC 3339).
    pub fn rfc3339(self) -> String {
        format!("{}Z", self.local_seconds(0))
    }

    /// `2026-03-05T14:07:09+07:00`, the spelling Decree 30/2020 Appendix I asks for (ISO 8601, Vietnam time).
    pub fn rfc3339_vietnam(self) -> String {
        format!("{}+07:00", self.local_seconds(VIETNAM_OFFSET_S))
    }

    /// Reads RFC 3339 with `Z` or a numeric offset; fractions of a second are cut off.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let (head, zone) = text.split_at_checked(19)?;
        let number = |from: usize, to: usize| -> Option<i64> {
            let part = head.get(from..to)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let marks = head.as_bytes();
        if marks.get(4) != Some(&b'-')
            || marks.get(7) != Some(&b'-')
            || !matches!(marks.get(10), Some(b'T' | b't' | b' '))
            || marks.get(13) != Some(&b':')
            || marks.get(16) != Some(&b':')
        {
            return None;
        }
        let small = |v: i64| u8::try_from(v).ok();
        let civil = Civil {
            year: number(0, 4)?,
            month: small(number(5, 7)?)?,
            day: small(number(8, 10)?)?,
            hour: small(number(11, 13)?)?,
            minute: small(number(14, 16)?)?,
            second: small(number(17, 19)?)?,
        };
        let zone = match zone.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => zone,
        };
        let offset = match zone.as_bytes() {
            b"Z" | b"z" => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let digit = |b: &u8| b.is_ascii_digit().then(|| i64::from(b - b'0'));
                let hours = digit(h1)? * 10 + digit(h2)?;
                let minutes = digit(m1)? * 10 + digit(m2)?;
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let seconds = hours * 3_600 + minutes * 60;
                if *sign == b'-' { -seconds } else { seconds }
            }
            _ => return None,
        };
        civil.to_unix().map(|t| UnixTime(t.0 - offset))
    }

    /// This instant moved by `seconds`, saturating at the ends of the range.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        UnixTime(self.0.saturating_add(seconds))
    }

    fn local_seconds(self, offset_s: i64) -> String {
        let c = self.civil(offset_s);
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Days in `month` (1 to 12) of `year`; 0 for any other month.
pub fn days_in_month(year: i64, month: u8) -> u8 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

// Days since 1970-01-01 for a proleptic Gregorian date: years start in March so that the leap day comes last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_round_trips_across_leap_days_and_before_1970() {
        for text in ["1950-01-01T12:01:00Z", "1969-12-31T23:59:59Z", "2000-02-29T00:00:00Z", "2026-11-24T05:28:44Z"] {
            assert_eq!(UnixTime::parse_rfc3339(text).map(UnixTime::rfc3339).as_deref(), Some(text));
        }
        assert_eq!(UnixTime::parse_rfc3339("1970-01-01T00:00:00Z"), Some(UnixTime(0)));
    }

    #[test]
    fn vietnam_time_is_seven_hours_ahead() {
        let t = UnixTime::parse_rfc3339("2026-03-05T14:07:09+07:00").expect("valid");
        assert_eq!(t.rfc3339(), "2026-03-05T07:07:09Z");
        assert_eq!(t.rfc3339_vietnam(), "2026-03-05T14:07:09+07:00");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01",
            "2026-01-01T00:00:00",
        ] {
            assert_eq!(UnixTime::parse_rfc3339(text), None, "{text}");
        }
    }
}
