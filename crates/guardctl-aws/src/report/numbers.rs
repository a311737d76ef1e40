//! How long things took, as a distribution.

use serde::Serialize;

/// The upper ends of the steps, in seconds, with their words.
const STEPS: [(i64, &str); 9] = [
    (10, "up to 10 s"),
    (30, "30 s"),
    (60, "1 min"),
    (120, "2 min"),
    (300, "5 min"),
    (900, "15 min"),
    (3_600, "1 h"),
    (21_600, "6 h"),
    (86_400, "1 d"),
];

/// How long something took, over all incidents that have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Distribution {
    /// How many incidents have it.
    pub count: usize,
    /// Half of them took no longer, in seconds.
    pub median: i64,
    /// 95 of a hundred took no longer, in seconds.
    pub p95: i64,
    /// The longest, in seconds.
    pub max: i64,
    /// How many are in each step.
    pub steps: Vec<Step>,
}

/// Those that took longer than the step before, and at most so long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    /// In seconds; null in the last step, which has no end.
    pub up_to: Option<i64>,
    pub label: &'static str,
    pub count: usize,
}

impl Distribution {
    /// Of these seconds; `None` where there are none.
    pub fn of(seconds: impl Iterator<Item = i64>) -> Option<Self> {
        let mut all: Vec<i64> = seconds.collect();
        all.sort_unstable();
        let max = *all.last()?;
        let mut steps = Vec::new();
        let mut below = 0;
        for (end, label) in STEPS {
            let within = all.partition_point(|seconds| *seconds <= end);
            steps.push(Step { up_to: Some(end), label, count: within - below });
            below = within;
        }
        steps.push(Step { up_to: None, label: "longer", count: all.len() - below });
        let at = |percent| rank(&all, percent).unwrap_or(max);
        Some(Self { count: all.len(), median: at(50), p95: at(95), max, steps })
    }
}

/// The smallest value that so many percent of the sorted ones do not exceed.
fn rank(sorted: &[i64], percent: usize) -> Option<i64> {
    let nth = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(nth - 1).copied()
}

/// A length for people, in its two largest units.
pub fn length(seconds: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let (mut rest, mut parts) = (seconds.max(0), Vec::new());
    for (size, unit) in UNITS {
        let count = rest / size;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        } else if !parts.is_empty() {
            break;
        }
        rest %= size;
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_of_nothing_is_none_and_not_zero() {
        assert_eq!(Distribution::of([].into_iter()), None);
    }

    #[test]
    fn each_value_is_in_one_step_and_ranks_are_values_that_were_there() {
        let all = [1, 10, 11, 60, 61, 90_000];
        let Distribution { count, median, p95, max, steps } =
            Distribution::of(all.into_iter()).unwrap();
        assert_eq!((count, median, p95, max), (6, 11, 90_000, 90_000));
        let counts: Vec<usize> = steps.iter().map(|step| step.count).collect();
        assert_eq!(counts, [2, 1, 1, 1, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn a_length_has_two_units_at_the_most() {
        for (seconds, text) in [
            (0, "0 s"),
            (41, "41 s"),
            (60, "1 min"),
            (645, "10 min 45 s"),
            (7_200, "2 h"),
            (86_401, "1 d"),
            (-3, "0 s"),
        ] {
            assert_eq!(length(seconds), text);
        }
    }
}
