//! Times that come from outside: from a baseline, an event or a queue.
//!
//! Every one of them is read here, and none is outside the years 2000 to 2200. So arithmetic with
//! days and hours and a change of offset, which panic where the calendar ends, cannot fail anywhere
//! else: whoever may write to a queue or invoke the function chooses these times.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The first second of the year 2000, and the first of the year 2201, in UTC.
const SENSIBLE: std::ops::Range<i64> = 946_684_800..7_289_654_400;

/// A number from here on is milliseconds: as seconds it would be in the year 5138, and as
/// milliseconds it is in 1973.
const LEAST_MILLISECONDS: i64 = 100_000_000_000;

/// Whether a time is in the years 2000 to 2200, in UTC.
pub fn is_sensible(time: OffsetDateTime) -> bool {
    SENSIBLE.contains(&time.unix_timestamp())
}

/// The time that a member of an event gives, as text or as a number of seconds or milliseconds since
/// 1970. What is no time, and what is no sensible one, counts as absent.
pub fn read(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::String(text) => from_text(text),
        Value::Number(number) => {
            // A float that does not fit becomes the nearest integer that does, which is no time.
            from_number(number.as_i64().or_else(|| number.as_f64().map(|float| float as i64))?)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The time that a text gives: RFC 3339, the same without a colon in its offset, the basic form
/// `20261123T080211Z`, or a number.
pub fn from_text(text: &str) -> Option<OffsetDateTime> {
    from_rfc3339(text)
        .or_else(|| from_rfc3339(&with_colon(text)?))
        .or_else(|| from_rfc3339(&extended(text)?))
        .filter(|time| is_sensible(*time))
        .or_else(|| from_number(text.parse().ok()?))
}

/// The time so many milliseconds after 1970 began.
pub fn from_milliseconds(milliseconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000)
        .ok()
        .filter(|time| is_sensible(*time))
}

/// The time so many seconds after 1970 began.
pub fn from_seconds(seconds: i64) -> Option<OffsetDateTime> {
    from_milliseconds(seconds.checked_mul(1_000)?)
}

/// A time as it stands in a record: RFC 3339, in UTC and whole seconds.
pub fn rfc3339(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC)
        .replace_nanosecond(0)
        .unwrap_or(time)
        .format(&Rfc3339)
        .unwrap_or_default()
}

fn from_number(number: i64) -> Option<OffsetDateTime> {
    if number >= LEAST_MILLISECONDS { from_milliseconds(number) } else { from_seconds(number) }
}

fn from_rfc3339(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// `2026-11-23T08:02:11+0000` with the colon that RFC 3339 has in an offset.
fn with_colon(text: &str) -> Option<String> {
    let (rest, offset) = text.split_at_checked(text.len().checked_sub(4)?)?;
    let (hours, minutes) = offset.split_at_checked(2)?;
    rest.ends_with(['+', '-']).then(|| format!("{rest}{hours}:{minutes}"))
}

/// `20261123T080211Z` with the hyphens and colons of the extended form.
fn extended(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    let (year, rest) = date.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    let (hour, rest) = time.split_at_checked(2)?;
    let (minute, second) = rest.split_at_checked(2)?;
    Some(format!("{year}-{month}-{day}T{hour}:{minute}:{second}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NOVEMBER: i64 = 1_795_420_931;

    #[test]
    fn a_time_is_read_in_every_form_in_which_cloudtrail_and_queues_write_one() {
        for value in [
            json!("2026-11-23T08:02:11Z"),
            json!("2026-11-23T08:02:11.247Z"),
            json!("2026-11-23T09:02:11+01:00"),
            json!("2026-11-23T08:02:11+0000"),
            json!("2026-11-23T03:02:11-0500"),
            json!("20261123T080211Z"),
            json!("1795420931"),
            json!("1795420931247"),
            json!(1_795_420_931),
            json!(1_795_420_931_247_i64),
            json!(1_795_420_931.0),
        ] {
            let seconds = read(&value).map(OffsetDateTime::unix_timestamp);
            assert_eq!(seconds, Some(NOVEMBER), "{value}");
        }
    }

    #[test]
    fn the_years_2000_to_2200_are_sensible_whatever_the_offset() {
        for (text, sensible) in [
            ("1999-12-31T23:59:59Z", false),
            ("2000-01-01T00:00:00Z", true),
            ("2000-01-01T00:59:59+01:00", false),
            ("2200-12-31T23:59:59Z", true),
            ("2200-12-31T23:59:59-00:01", false),
            ("2201-01-01T00:00:00+00:01", true),
            ("2201-01-01T00:00:00Z", false),
            ("0000-01-01T00:00:00+23:59", false),
            ("9999-12-31T23:59:59-05:00", false),
            ("9999-12-31T23:59:59-23:59", false),
            ("9999-12-31T23:59:59-2359", false),
            ("99991231T235959Z", false),
        ] {
            assert_eq!(from_text(text).is_some(), sensible, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_counts_as_absent() {
        for value in [
            json!(null),
            json!(true),
            json!([]),
            json!({}),
            json!(""),
            json!("yesterday"),
            json!("2026-11-23"),
            json!("T"),
            json!("+0000"),
            json!("ä+00ü"),
            json!("äöüäöTüäöüäö"),
            json!(0),
            json!(-1),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(u64::MAX),
            json!(1e300),
            json!(-1e300),
            json!("9223372036854775807"),
            json!("-9223372036854775808"),
            json!("170141183460469231731687303715884105727"),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_read_can_be_moved_by_years_and_shown_in_every_offset(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](Z|[+-][0-2][0-9]:?[0-5][0-9])",
            number in any::<i64>(),
        ) {
            for value in [json!(text), json!(number), json!(number.to_string())] {
                if let Some(time) = read(&value) {
                    let century = time::Duration::days(36_525);
                    prop_assert!(time.checked_add(century).is_some());
                    prop_assert!(time.checked_sub(century).is_some());
                    let west = time::UtcOffset::from_hms(-23, -59, -59).unwrap();
                    for offset in [time::UtcOffset::UTC, west, -west] {
                        prop_assert!(time.checked_to_offset(offset).is_some());
                    }
                    prop_assert!(time.format(&Rfc3339).is_ok());
                }
            }
        }
    }
}
