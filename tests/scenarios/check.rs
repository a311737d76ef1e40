//! Sets the stage for a scenario, runs it in every world variant, and tells its story.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard_sandbox::{
    Action, Durations, Handler, Journal, Platform, Published, Stage, Variant, World, WorldSettings,
    deploy, deploy_with_overrides,
};
use expect_test::Expect;
use serde_json::Value;

use crate::story::{describe, differences, outcome, woken_by};

/// Longer than the hour and a half for which an event is brought back.
pub(crate) const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);
/// Longer than Cognito takes over anything.
const LATE: Duration = Duration::from_secs(2 * 60 * 60);

/// How drift of auth.example.com that Cognito took just now is put back, by what is not known
/// about Cognito.
const PUT_BACK: [(&str, &str); 3] = [
    // It takes an update of a domain that it is still updating: the drift may never go live.
    (
        "busy=accepted describe=fresh",
        r"
event: reverted
  cognito-idp:DescribeUserPoolDomain
  cognito-idp:UpdateUserPoolDomain
  sns:Publish reverted
",
    ),
    // It does not: people hear of the drift at once, and the update goes out when it is done.
    (
        "busy=conflict,invalid describe=fresh",
        r"
event: held, DomainBusy
  cognito-idp:DescribeUserPoolDomain
  cognito-idp:UpdateUserPoolDomain <busy>
  sns:Publish drift_detected
recheck x4: held, DomainBusy
  cognito-idp:DescribeUserPoolDomain
recheck: reverted
  cognito-idp:DescribeUserPoolDomain
  cognito-idp:UpdateUserPoolDomain
  sns:Publish reverted
",
    ),
    // It shows the old values until it is done: there is nothing to see before that.
    (
        "describe=lags",
        r"
event: held, DomainSettling
  cognito-idp:DescribeUserPoolDomain
recheck x4: held, DomainSettling
  cognito-idp:DescribeUserPoolDomain
recheck: reverted
  cognito-idp:DescribeUserPoolDomain
  sns:Publish drift_detected
  cognito-idp:UpdateUserPoolDomain
  sns:Publish reverted
",
    ),
];

/// What the guard's own update leads to: it is watched until it is in effect.
const IN_EFFECT_AGAIN: &str = "\
own event: held, DomainBusy
  cognito-idp:DescribeUserPoolDomain
recheck x4: held, DomainBusy
  cognito-idp:DescribeUserPoolDomain
recheck: restored
  cognito-idp:DescribeUserPoolDomain
  sns:Publish restored
end: as before the change
";

/// A scenario of the event in that file of `events/`, under the example.
///
/// `late` and `arrange` bend it, the cases say how it goes, and `run` compares.
pub(crate) fn check(file: &str) -> Check {
    Check {
        payload: event(file),
        baseline: example_baseline(),
        late: false,
        alone: false,
        overrides: false,
        delivery: Deliver::AsAws,
        durations: Durations::default(),
        arrangement: Box::new(|_| {}),
        variants: Variant::all(),
        cases: Vec::new(),
        checked: true,
    }
}

/// The event in that file of `events/`.
pub(crate) fn event(file: &str) -> Value {
    let path = format!("{}/events/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// `baseline/example.yaml`.
pub(crate) fn example_baseline() -> Baseline {
    let text = include_str!("../../baseline/example.yaml");
    Baseline::parse("baseline.yaml", text).unwrap()
}

pub(crate) struct Check {
    payload: Value,
    baseline: Baseline,
    late: bool,
    alone: bool,
    overrides: bool,
    delivery: Deliver,
    durations: Durations,
    arrangement: Box<dyn Fn(&World)>,
    variants: Vec<Variant>,
    cases: Vec<(String, Story)>,
    checked: bool,
}

/// How the event gets to the function.
#[derive(Clone, Copy)]
enum Deliver {
    AsAws,
    Twice,
    Direct,
}

/// How a scenario goes.
enum Story {
    Own(Expect),
    Common(String),
}

/// How a scenario ended in one variant.
pub(crate) struct End {
    pub(crate) world: World,
    pub(crate) platform: Platform<Handler>,
    pub(crate) journal: Journal,
}

impl Check {
    /// The event arrives when Cognito has long finished with the change.
    pub(crate) fn late(self) -> Self {
        Self { late: true, ..self }
    }

    /// In a region of its own for each variant, and so with the SDK's whole allowance for retries,
    /// which all clients of a region share in a process.
    pub(crate) fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// The guard reads overrides, as template.yaml has it.
    pub(crate) fn overridable(self) -> Self {
        Self { overrides: true, ..self }
    }

    /// The event arrives two times.
    pub(crate) fn twice(self) -> Self {
        Self { delivery: Deliver::Twice, ..self }
    }

    /// Somebody invokes the function with the event.
    pub(crate) fn direct(self) -> Self {
        Self { delivery: Deliver::Direct, ..self }
    }

    /// In the likeliest world only: for what is long, and meets nothing that is not known.
    pub(crate) fn in_the_likeliest_world(self) -> Self {
        Self { variants: vec![Variant::default()], ..self }
    }

    /// In the variants of a condition only, like [`when`](Self::when): for what is long.
    pub(crate) fn only_where(mut self, condition: &str) -> Self {
        self.variants.retain(|variant| is_for(condition, *variant));
        assert!(!self.variants.is_empty(), "no variant has {condition}");
        self
    }

    /// Cognito takes so long over an update that brings another certificate.
    pub(crate) fn certificates_take(mut self, time: Duration) -> Self {
        self.durations.update_certificate = time;
        self
    }

    /// Under another baseline.
    pub(crate) fn baseline(self, text: &str) -> Self {
        Self { baseline: Baseline::parse("baseline.yaml", text).unwrap(), ..self }
    }

    /// What else happens to the world before the event arrives.
    pub(crate) fn arrange(self, arrangement: impl Fn(&World) + 'static) -> Self {
        Self { arrangement: Box::new(arrangement), ..self }
    }

    /// Another event about the same change.
    pub(crate) fn event(self, change: impl FnOnce(&mut Value)) -> Self {
        let mut payload = self.payload;
        change(&mut payload);
        Self { payload, ..self }
    }

    /// The story in every variant that the scenario runs in: all, unless it says otherwise.
    pub(crate) fn always(self, story: Expect) -> Self {
        self.when("", story)
    }

    /// The story in the variants whose text has one of the alternatives of each word, such as
    /// `busy=conflict,invalid describe=fresh`.
    ///
    /// In a story, `<busy>` is the error by which the variant refuses to update a busy domain.
    pub(crate) fn when(mut self, condition: &'static str, story: Expect) -> Self {
        self.cases.push((condition.to_owned(), Story::Own(story)));
        self
    }

    /// auth.example.com is changed like this, and put back: see [`PUT_BACK`].
    pub(crate) fn put_back(self, changes: &[&str]) -> Self {
        self.put_back_when("", changes)
    }

    /// The same, in the variants of a condition.
    pub(crate) fn put_back_when(mut self, condition: &str, changes: &[&str]) -> Self {
        let mut changed = "change: auth.example.com status ACTIVE -> UPDATING\n".to_owned();
        for change in changes {
            writeln!(changed, "change: auth.example.com {change}").unwrap();
        }
        for (answer, looks) in PUT_BACK {
            let looks = looks.trim_start_matches('\n');
            let story = format!("{changed}{looks}{IN_EFFECT_AGAIN}");
            self.cases.push((format!("{condition} {answer}"), Story::Common(story)));
        }
        self
    }

    /// Only the end is looked at.
    pub(crate) fn unchecked(self) -> Self {
        Self { checked: false, ..self }
    }

    /// Runs the scenario in each of its variants; exactly one case must be for each.
    pub(crate) async fn run(self) {
        self.run_and(|_, _| {}).await;
    }

    /// The same, with a look at each end.
    pub(crate) async fn run_and(self, look: impl Fn(&End, Variant)) {
        self.run_and_then(async |end, variant| look(end, variant)).await;
    }

    /// The same, and on from each end.
    pub(crate) async fn run_and_then(self, go_on: impl AsyncFn(&mut End, Variant)) {
        let mut told: Vec<Option<String>> = self.cases.iter().map(|_| None).collect();
        let mut untold = Vec::<(String, Vec<String>)>::new();
        for variant in self.variants.iter().copied() {
            let (story, mut end) = self.play(variant).await;
            go_on(&mut end, variant).await;
            if !self.checked {
                continue;
            }
            let mut cases =
                (0..self.cases.len()).filter(|case| is_for(&self.cases[*case].0, variant));
            match (cases.next(), cases.next()) {
                (Some(case), None) => match &told[case] {
                    Some(told) => assert_eq!(story, *told, "in {variant}, unlike other variants"),
                    None => told[case] = Some(story),
                },
                (None, _) => match untold.iter_mut().find(|(told, _)| *told == story) {
                    Some((_, variants)) => variants.push(variant.to_string()),
                    None => untold.push((story, vec![variant.to_string()])),
                },
                (Some(_), Some(_)) => panic!("two cases are for {variant}"),
            }
        }
        for (story, variants) in &untold {
            eprintln!("no case is for\n  {}\nwhich goes\n{story}", variants.join("\n  "));
        }
        assert!(untold.is_empty(), "no case is for some variants");
        for ((condition, expected), told) in self.cases.iter().zip(told) {
            let Some(story) = told else {
                panic!("no variant has {condition}");
            };
            match expected {
                Story::Own(expected) => expected.assert_eq(&story),
                Story::Common(expected) => assert_eq!(story, *expected, "where {condition}"),
            }
        }
    }

    async fn play(&self, variant: Variant) -> (String, End) {
        // The SDK draws its pauses between retries from this.
        fastrand::seed(7);
        let settings =
            WorldSettings { variant, durations: self.durations, ..WorldSettings::default() };
        let mut payload = self.payload.clone();
        if self.alone {
            static REGIONS: AtomicU32 = AtomicU32::new(100);
            let region = format!("eu-central-{}", REGIONS.fetch_add(1, Ordering::Relaxed));
            let elsewhere = payload.to_string().replace("eu-central-1", &region);
            payload = serde_json::from_str(&elsewhere).unwrap();
        }
        let stage = Stage::set(&payload, &self.baseline, settings).unwrap();
        let world = stage.world.clone();
        if self.late {
            world.advance(LATE);
        }
        (self.arrangement)(&world);
        if self.overrides {
            // What was arranged was made long ago.
            world.take_events();
        }
        let deploy = if self.overrides { deploy_with_overrides } else { deploy };
        let (mut platform, journal) = deploy(&world, self.baseline.clone());
        match self.delivery {
            Deliver::AsAws => drop(stage.deliver(&mut platform).await),
            Deliver::Twice => {
                stage.deliver(&mut platform).await;
                stage.deliver(&mut platform).await;
            }
            Deliver::Direct => drop(platform.invoke(payload).await),
        }
        platform.run_until_idle(LIMIT).await;
        let mut story = String::new();
        for line in differences(&stage.before, &stage.after) {
            writeln!(story, "change: {line}").unwrap();
        }
        let end = End { world, platform, journal };
        story.push_str(&end.story(0, variant));
        let differences = differences(&stage.before, &end.world.domains());
        if differences.is_empty() {
            writeln!(story, "end: as before the change").unwrap();
        }
        for line in differences {
            writeln!(story, "end: {line}").unwrap();
        }
        (story, end)
    }
}

impl End {
    /// The looks from the nth on, those in a row that are alike in one.
    pub(crate) fn story(&self, from: usize, variant: Variant) -> String {
        let calls = self.world.calls();
        let mut looks: Vec<(String, String, usize)> = Vec::new();
        self.journal.read(|entries| {
            for entry in entries.iter().skip(from) {
                let mut text = format!("{}\n", outcome(entry));
                for call in &calls[entry.calls.clone()] {
                    writeln!(text, "  {}", describe(call, variant)).unwrap();
                }
                match looks.last_mut() {
                    Some((who, last, times)) if *who == woken_by(entry) && *last == text => {
                        *times += 1;
                    }
                    _ => looks.push((woken_by(entry).to_owned(), text, 1)),
                }
            }
        });
        let mut story = String::new();
        for (who, text, times) in looks {
            let times = if times == 1 { String::new() } else { format!(" x{times}") };
            write!(story, "{who}{times}: {text}").unwrap();
        }
        if !self.platform.dead_letters().is_empty() {
            writeln!(story, "dead letters: {}", self.platform.dead_letters().len()).unwrap();
        }
        story
    }

    /// The records of all notices, in order.
    pub(crate) fn notices(&self) -> Vec<Value> {
        self.world.published().iter().map(record).collect()
    }

    /// The updates that Cognito accepted.
    pub(crate) fn accepted_updates(&self) -> usize {
        self.world
            .calls()
            .iter()
            .filter(|call| {
                call.action == Action::UpdateUserPoolDomain
                    && !call.access_key_id.is_empty()
                    && call.outcome.is_ok()
            })
            .count()
    }
}

/// The record that systems read.
pub(crate) fn record(published: &Published) -> Value {
    serde_json::from_str(&published.body_for("default")).unwrap()
}

fn is_for(condition: &str, variant: Variant) -> bool {
    let text = variant.to_string();
    let members: Vec<(&str, &str)> =
        text.split(' ').filter_map(|member| member.split_once('=')).collect();
    condition.split_whitespace().all(|word| {
        let (name, answers) = word.split_once('=').unwrap();
        let (_, answer) = members.iter().find(|(member, _)| *member == name).unwrap();
        answers.split(',').any(|one| one == *answer)
    })
}
