//! Schedules as GitHub reads them.

/// A field's name, its least and its greatest value, and the names of its values.
type Field = (&'static str, u32, u32, &'static [&'static str]);

const FIELDS: [Field; 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
    ("day of the week", 0, 6, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
];

/// Checks an expression as GitHub reads it: five fields of lists, ranges and steps; no `@daily`.
pub(crate) fn validate(expression: &str) -> Result<(), String> {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("it has {} fields, not five", fields.len()));
    }
    for (text, field) in fields.into_iter().zip(&FIELDS) {
        values(text, field)?;
    }
    Ok(())
}

/// The values that a field matches, as bits.
fn values(text: &str, &(name, least, greatest, names): &Field) -> Result<u64, String> {
    let value = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = named.map(|index| index as u32 + least).or_else(|| text.parse().ok());
        number.filter(|number| (least..=greatest).contains(number))
    };
    let mut bits = 0;
    for item in text.split(',') {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let every = step.map_or(Some(1), |step| step.parse::<usize>().ok().filter(|step| *step > 0));
        let range = match range.split_once('-') {
            _ if range == "*" => Some((least, greatest)),
            Some((from, to)) => value(from).zip(value(to)).filter(|(from, to)| from <= to),
            // `5/10` goes on to the end.
            None => value(range).map(|from| (from, if step.is_some() { greatest } else { from })),
        };
        let (Some(every), Some((from, to))) = (every, range) else {
            return Err(format!("`{item}` is no {name}"));
        };
        bits |= (from..=to).step_by(every).fold(0, |bits, value| bits | 1 << value);
    }
    Ok(bits)
}

/// Whether two valid expressions match the same times. A `*` in one of the two fields for days changes how the other
/// is taken, so only equal ones count there.
pub(crate) fn same_times(a: &str, b: &str) -> bool {
    let is_any = |field: &str| field.starts_with('*');
    a.split_whitespace().zip(b.split_whitespace()).zip(&FIELDS).all(|((a, b), field)| {
        let is_day = field.0.starts_with("day");
        values(a, field) == values(b, field) && (!is_day || is_any(a) == is_any(b))
    })
}

/// The longest time between two runs of the schedules together, in seconds; `None` where an expression is invalid, or
/// there is but one run in a year.
pub(crate) fn longest_gap(expressions: &[&str]) -> Option<u64> {
    const DAYS_OF_MONTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let schedules: Vec<Schedule> =
        expressions.iter().map(|text| Schedule::of(text)).collect::<Option<_>>()?;
    // A schedule runs at the same minutes of each of its days.
    let schedules: Vec<(Vec<u64>, Schedule)> =
        schedules.into_iter().map(|schedule| (schedule.minutes().collect(), schedule)).collect();
    let mut runs: Vec<u64> = Vec::new();
    // A year that starts on a Sunday, and the first days of the next one.
    let dates = DAYS_OF_MONTHS
        .iter()
        .enumerate()
        .flat_map(|(month, days)| (1..=*days).map(move |day| (month as u64 + 1, day)));
    for (index, (month, day)) in dates.enumerate() {
        let index = index as u64;
        let today = schedules.iter().filter(|(_, schedule)| schedule.runs_on(month, day, index % 7));
        let mut minutes: Vec<u64> = today.flat_map(|(minutes, _)| minutes.iter().copied()).collect();
        minutes.sort_unstable();
        runs.extend(minutes.into_iter().map(|minute| index * 1440 + minute));
    }
    runs.windows(2).map(|pair| (pair[1] - pair[0]) * 60).max()
}

/// A valid expression: the values of its fields, as bits.
struct Schedule {
    fields: [u64; 5],
    any_day_of_month: bool,
    any_day_of_week: bool,
}

impl Schedule {
    fn of(text: &str) -> Option<Self> {
        validate(text).ok()?;
        let written: Vec<&str> = text.split_whitespace().collect();
        let mut fields = [0; 5];
        for (index, field) in fields.iter_mut().enumerate() {
            *field = values(written[index], &FIELDS[index]).ok()?;
        }
        Some(Self {
            fields,
            any_day_of_month: written[2].starts_with('*'),
            any_day_of_week: written[4].starts_with('*'),
        })
    }

    fn has(&self, field: usize, value: u64) -> bool {
        self.fields[field] & (1 << value) != 0
    }

    /// Where both fields for days are restricted, either of them is enough.
    fn runs_on(&self, month: u64, day: u64, weekday: u64) -> bool {
        let (of_month, of_week) = (self.has(2, day), self.has(4, weekday));
        let is_day = if self.any_day_of_month || self.any_day_of_week {
            of_month && of_week
        } else {
            of_month || of_week
        };
        is_day && self.has(3, month)
    }

    /// The minutes of a day.
    fn minutes(&self) -> impl Iterator<Item = u64> {
        (0..1440).filter(|minute| self.has(1, minute / 60) && self.has(0, minute % 60))
    }
}

/// A time as people say it: in minutes, hours or days.
pub(crate) fn in_words(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..3600 => (seconds / 60, "minute"),
        _ if seconds < 48 * 3600 || !seconds.is_multiple_of(24 * 3600) => (seconds / 3600, "hour"),
        _ => (seconds / (24 * 3600), "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_github_reads_them() {
        for good in ["0 0,12 * * *", "*/15 1-5 1 JAN-MAR sun", "0 0 * * 1-5", "0/10 * * * *"] {
            assert_eq!(validate(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "0 0 * *",
            "60 * * * *",
            "@daily",
            "0 24 * * *",
            "0 0 0 * *",
            "a * * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "0 0 * * 7",
        ] {
            assert!(validate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn equal_times_are_known() {
        let documented = "0 0,12 * * *";
        for same in ["0 */12 * * *", "00 12,0 * * *", "0 0/12 1-31 * *", "0 0-23/12 * JAN-DEC *"] {
            let expected = !same.contains("1-31");
            assert_eq!(same_times(documented, same), expected, "{same}");
        }
        for other in ["0 0 * * *", "0 */6 * * *", "1 0,12 * * *", "0 0,12 * * 1-5"] {
            assert!(!same_times(documented, other), "{other}");
        }
    }

    #[test]
    fn gaps_are_measured() {
        const HOUR: u64 = 3600;
        for (expressions, hours) in [
            (&["0 0,12 * * *"][..], 12),
            (&["50 5,17 * * *"], 12),
            (&["0 0 * * 1"], 7 * 24),
            (&["0 0 1,15 * *"], 17 * 24),
            (&["0 3 * * *"], 24),
            (&["0 0 * * 1-5"], 3 * 24),
            (&["0 0 * * *", "0 12 * * *"], 12),
            (&["0 1,5 * * *"], 20),
        ] {
            assert_eq!(longest_gap(expressions), Some(hours * HOUR), "{expressions:?}");
        }
        assert_eq!(longest_gap(&["0 0 1 1 *"]), None);
        assert_eq!(longest_gap(&["@daily"]), None);
    }
}
