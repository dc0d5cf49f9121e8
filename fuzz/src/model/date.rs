//! `Retry-After` by RFC 9110, with times as seconds since 1970.

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Returns the seconds that the header's value asks to wait, with `now` in seconds since 1970.
pub fn retry_after(value: &[u8], now: u64) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
    if text.is_empty() {
        return None;
    }
    if text.chars().all(|char| char.is_ascii_digit()) {
        let significant = text.trim_start_matches('0');
        // Longer waits make no practical difference.
        let longest = i64::MAX as u64;
        return Some(match significant.len() {
            0 => 0,
            1..=19 => significant.parse::<u64>().ok()?.min(longest),
            _ => longest,
        });
    }
    date(text).map(|then| then.saturating_sub(now))
}

/// Returns the time of a date in one of the three forms.
pub fn date(text: &str) -> Option<u64> {
    imf_fixdate(text)
        .or_else(|| rfc850_date(text))
        .or_else(|| asctime_date(text))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(text: &str) -> Option<u64> {
    let (weekday, rest) = text.split_once(", ")?;
    let parts: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, time, "GMT"] = parts[..] else {
        return None;
    };
    let year = number(year, 4)?;
    seconds(short(weekday)?, year, month, number(day, 2)?, time)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850_date(text: &str) -> Option<u64> {
    let (weekday, rest) = text.split_once(", ")?;
    let parts: Vec<&str> = rest.split(' ').collect();
    let [date, time, "GMT"] = parts[..] else {
        return None;
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [day, month, year] = parts[..] else {
        return None;
    };
    let year = match number(year, 2)? {
        past @ 70.. => 1900 + past,
        future => 2000 + future,
    };
    let weekday = WEEKDAYS.iter().position(|name| *name == weekday)?;
    seconds(weekday, year, month, number(day, 2)?, time)
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime_date(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.splitn(3, ' ').collect();
    let [weekday, month, rest] = parts[..] else {
        return None;
    };
    let (day, rest) = rest.split_at_checked(2)?;
    let day = match day.strip_prefix(' ') {
        Some(digit) => number(digit, 1)?,
        None => number(day, 2)?,
    };
    let (time, year) = rest.strip_prefix(' ')?.split_once(' ')?;
    seconds(short(weekday)?, number(year, 4)?, month, day, time)
}

fn short(weekday: &str) -> Option<usize> {
    WEEKDAYS
        .iter()
        .position(|name| weekday.len() == 3 && name.starts_with(weekday))
}

fn number(text: &str, digits: usize) -> Option<u64> {
    let all_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

fn seconds(weekday: usize, year: u64, month: &str, day: u64, time: &str) -> Option<u64> {
    let month = MONTHS.iter().position(|name| *name == month)?;
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts[..] else {
        return None;
    };
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    let lengths = month_lengths(year);
    if year < 1970
        || !(1..=lengths[month]).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let days_of_years: u64 = (1970..year)
        .map(|year| month_lengths(year).iter().sum::<u64>())
        .sum();
    let days = days_of_years + lengths[..month].iter().sum::<u64>() + day - 1;
    // 1970 began on a Thursday.
    let is_that_weekday = (days + 3) % 7 == weekday as u64;
    is_that_weekday.then_some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

fn month_lengths(year: u64) -> [u64; 12] {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let february = if leap { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}
