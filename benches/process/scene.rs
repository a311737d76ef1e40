//! What is measured, under which circumstances.

use std::time::Duration;

use crate::programs::Program;
use crate::quota::Share;

/// One comparison: the programs take turns at the same event in the same circumstances.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    /// What `--only` and the JSON know it by.
    pub(crate) name: String,
    pub(crate) title: String,
    /// A file of `events/`.
    pub(crate) event: &'static str,
    /// Whether a member of an organization has the domain, and the function is its hub.
    pub(crate) of_a_member: bool,
    /// How long each call to AWS travels.
    pub(crate) latency: Duration,
    /// The share of a core that it has, if not all of the machine.
    pub(crate) share: Option<Share>,
    /// Whether the program is thrown out of the page cache before each start.
    pub(crate) evicted: bool,
    /// How many events, of which the first ones are not measured. None for the cold start alone.
    pub(crate) warm: Option<Warm>,
    pub(crate) programs: &'static [Program],
    /// Of so many rounds, one is played.
    pub(crate) every: usize,
}

/// A process that stays for many events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Warm {
    pub(crate) ahead: usize,
    pub(crate) measured: usize,
}

const EVENTS: [(&str, &str, &str); 2] = [
    ("compliant", "a compliant event", "update-compliant.json"),
    ("drift", "a drift event", "update-weakens-tls.json"),
];
/// What Lambda has to offer that is worth considering for a function like this.
const MEMORIES: [u32; 4] = [128, 256, 512, 1_024];
/// What a call to Cognito or SNS may take.
const LATENCY: Duration = Duration::from_millis(10);
/// The kernel's own choice. At 128 MB it is 7.2 ms of CPU time before the first pause.
const KERNELS_PERIOD: Duration = Duration::from_millis(100);
/// One in which no start can hide: 1.4 ms of CPU time, then a pause of 18.6 ms.
const FINE_PERIOD: Duration = Duration::from_millis(20);
const EVERY: usize = 1;
/// What is slow is played less often.
const SELDOM: usize = 4;

impl Scene {
    /// All of them, in the order in which they are measured.
    pub(crate) fn all() -> Vec<Self> {
        use Program::{Bare, Floor, Guard, Of10, Of1000, Of10000, Tutorial};
        let mut scenes = Vec::new();
        for (name, what, event) in EVENTS {
            let scene = |kind: &str, title: String| Self {
                name: format!("{kind}-{name}"),
                title,
                event,
                of_a_member: false,
                latency: Duration::ZERO,
                share: None,
                evicted: false,
                warm: None,
                programs: &Program::COMPARED,
                every: EVERY,
            };
            scenes.push(scene("cold", format!("cold, {what}")));
            for (kind, period) in [("quota", KERNELS_PERIOD), ("fine", FINE_PERIOD)] {
                let share = format!("128 MB's share of each {} ms of a core", period.as_millis());
                scenes.push(Self {
                    latency: LATENCY,
                    share: Some(Share { memory: 128, period }),
                    every: SELDOM,
                    ..scene(kind, format!("cold, {what}, {share}, calls of 10 ms"))
                });
            }
            scenes.push(Self {
                evicted: true,
                programs: &[Guard, Floor, Bare, Tutorial],
                ..scene("fresh", format!("first start on a fresh host, {what}"))
            });
            for memory in MEMORIES {
                scenes.push(Self {
                    latency: LATENCY,
                    share: Some(Share { memory, period: FINE_PERIOD }),
                    programs: &[Guard],
                    ..scene(
                        &format!("memory-{memory}"),
                        format!("cold, {what}, at {memory} MB's share of a core, calls of 10 ms"),
                    )
                });
            }
            // What differs between events is not what is asked here.
            if name == "compliant" {
                scenes.push(Self {
                    of_a_member: true,
                    programs: &[Guard, Floor],
                    ..scene("hub", format!("cold, {what} of another account, in a hub"))
                });
                scenes.push(Self {
                    programs: &[Of10, Of1000, Of10000],
                    ..scene("baseline", format!("cold, {what}, by the entries of the baseline"))
                });
            }
            // A second drift event would find the domain put back already.
            if name == "compliant" {
                scenes.push(Self {
                    warm: Some(Warm { ahead: 50, measured: 300 }),
                    every: SELDOM,
                    ..scene("warm", format!("warm, {what}"))
                });
            }
        }
        scenes
    }
}
