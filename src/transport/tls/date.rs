//! Dates of certificates.

/// Returns the seconds since 1970 of a date in UTC.
fn unix_seconds(year: i64, month: i64, day: i64, time: i64) -> i64 {
    // These years begin in March, so a leap day is the last day of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    (days + (153 * month + 2) / 5 + day - 1 - 719_468) * 86_400 + time
}

/// Reads the text of a UTCTime, or of a GeneralizedTime, whose year has four digits.
pub fn parse(text: &[u8], year_digits: usize) -> Option<i64> {
    let (digits, zone) = text.split_at_checked(year_digits + 10)?;
    if zone != b"Z" || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, length: usize| {
        digits[from..from + length]
            .iter()
            .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
    };
    let year = match (year_digits, number(0, year_digits)) {
        (2, year @ ..50) => 2000 + year,
        (2, year) => 1900 + year,
        (_, year) => year,
    };
    let [month, day, hour, minute, second] =
        [0, 2, 4, 6, 8].map(|offset| number(year_digits + offset, 2));
    let time = (hour * 60 + minute) * 60 + second;
    Some(unix_seconds(year, month, day, time))
}

/// Returns a date and time for people: `2026-11-29 23:05:12 UTC`.
pub fn shown(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let time = seconds.rem_euclid(86_400);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        time / 3600,
        time / 60 % 60,
        time % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_shown() {
        for (text, digits, seconds, date) in [
            ("700101000000Z", 2, 0, "1970-01-01 00:00:00 UTC"),
            ("491231235959Z", 2, 2_524_607_999, "2049-12-31 23:59:59 UTC"),
            ("500101000000Z", 2, -631_152_000, "1950-01-01 00:00:00 UTC"),
            ("240229120000Z", 2, 1_709_208_000, "2024-02-29 12:00:00 UTC"),
            ("20000301000001Z", 4, 951_868_801, "2000-03-01 00:00:01 UTC"),
            (
                "21000228235959Z",
                4,
                4_107_542_399,
                "2100-02-28 23:59:59 UTC",
            ),
            (
                "99991231235959Z",
                4,
                253_402_300_799,
                "9999-12-31 23:59:59 UTC",
            ),
        ] {
            assert_eq!(parse(text.as_bytes(), digits), Some(seconds), "{text}");
            assert_eq!(shown(seconds), date);
        }
    }

    #[test]
    fn what_is_no_date_is_not_read() {
        for (text, digits) in [
            ("", 2),
            ("700101000000", 2),
            ("700101000000+0100", 2),
            ("7001010000 0Z", 2),
            ("700101000000Z", 4),
        ] {
            assert_eq!(parse(text.as_bytes(), digits), None, "{text}");
        }
    }
}
