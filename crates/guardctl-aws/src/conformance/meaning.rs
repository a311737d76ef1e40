//! What findings mean for a guard. Pure.

use std::time::Duration;

use super::finding::{Finding, Kind, Measured, Outcome, Question};

/// The page that says what an operator sees, so that there is one wording of it.
const PROOF: &str = include_str!("../../../../docs/proof.md");

/// The answers of one Cognito, in the words of the simulation's variants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub omitted: Option<Measured>,
    pub busy: Option<Measured>,
    pub empty_routing: Option<Measured>,
    pub describe: Option<Measured>,
}

impl Answers {
    /// Custom domains count before prefix domains, since nothing says that both behave alike. What is left
    /// out is answered if each member that was measured has the same answer.
    pub fn of(findings: &[Finding]) -> Self {
        let members = [
            Question::OmittedSecurityPolicy,
            Question::OmittedManagedLogin,
            Question::OmittedRouting,
        ];
        let omitted = members_alike(findings, &members);
        let one = |question| first_measured(findings, question).cloned();
        Self {
            omitted,
            busy: one(Question::BusyUpdating),
            empty_routing: one(Question::EmptyRouting),
            describe: one(Question::Describe),
        }
    }

    /// `omitted=kept busy=conflict empty-routing=? old-policy=? describe=fresh`
    pub fn words(&self) -> String {
        let Self { omitted, busy, empty_routing, describe } = self;
        let word = |answer: &Option<Measured>| {
            answer.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string)
        };
        format!(
            "omitted={} busy={} empty-routing={} old-policy=? describe={}",
            word(omitted),
            word(busy),
            word(empty_routing),
            word(describe)
        )
    }

    /// Each answer that is known.
    fn known(&self) -> Vec<String> {
        self.words().split(' ').filter(|word| !word.ends_with('?')).map(str::to_owned).collect()
    }
}

/// What was measured of a question, on a custom domain if there was one.
fn first_measured(findings: &[Finding], question: Question) -> Option<&Measured> {
    let of = |kind| {
        let asked = |finding: &&Finding| finding.question == question && finding.kind == kind;
        findings.iter().filter(asked).find_map(Finding::measured)
    };
    of(Kind::Custom).or_else(|| of(Kind::Prefix))
}

/// The answer that all members have that were measured on the same kind of domain.
fn members_alike(findings: &[Finding], members: &[Question]) -> Option<Measured> {
    let of = |kind| {
        let asked =
            move |finding: &&Finding| members.contains(&finding.question) && finding.kind == kind;
        let unexpected = findings
            .iter()
            .filter(asked)
            .any(|finding| matches!(finding.outcome, Outcome::Unexpected(_)));
        let measured: Vec<&Measured> =
            findings.iter().filter(asked).filter_map(Finding::measured).collect();
        (measured, unexpected)
    };
    let (custom, unexpected) = of(Kind::Custom);
    let (measured, unexpected) =
        if custom.is_empty() && !unexpected { of(Kind::Prefix) } else { (custom, unexpected) };
    let (first, rest) = measured.split_first()?;
    (!unexpected && rest.iter().all(|other| other == first)).then(|| (*first).clone())
}

/// What lies outside of the Cognitos that the guard was tried in, each with its evidence.
pub fn unexpected(findings: &[Finding]) -> Vec<String> {
    let mut all: Vec<String> = findings
        .iter()
        .filter(|finding| matches!(finding.outcome, Outcome::Unexpected(_)))
        .map(|finding| {
            let evidence = finding.evidence.iter().map(|evidence| format!("; {evidence}"));
            format!("{finding}{}", evidence.collect::<String>())
        })
        .collect();
    for kind in [Kind::Custom, Kind::Prefix] {
        let members: Vec<(Question, &Measured)> = findings
            .iter()
            .filter(|finding| finding.kind == kind)
            .filter_map(|finding| Some((finding.question, finding.measured()?)))
            .filter(|(_, measured)| [&Measured::Kept, &Measured::Reset].contains(measured))
            .collect();
        if members.windows(2).any(|pair| matches!(pair, [(_, one), (_, other)] if one != other)) {
            let members = members
                .iter()
                .map(|(question, measured)| format!("{}={measured}", question.as_str()));
            all.push(format!(
                "what is left out is not treated alike on a {} domain: {}. The guard names every member in each \
                 update, so it makes no difference to what it does",
                kind.as_str(),
                members.collect::<Vec<_>>().join(", ")
            ));
        }
    }
    all
}

/// What an operator of a guard sees in this Cognito: the rows of docs/proof.md's table that apply.
pub fn for_an_operator(answers: &Answers) -> Vec<(String, String)> {
    let known = answers.known();
    rows()
        .filter(|(condition, _)| known.iter().any(|word| condition.contains(&format!("`{word}`"))))
        .map(|(condition, seen)| (plain(condition), plain(seen)))
        .collect()
}

/// The rows of the table: the condition, and what is seen.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let table = PROOF.split_once("| if Cognito | you will see |").map_or("", |(_, table)| table);
    table
        .lines()
        .skip_while(|line| !line.starts_with("| --- "))
        .skip(1)
        .map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter_map(|row| row.split_once(" | "))
}

fn plain(markdown: &str) -> String {
    markdown.replace('`', "")
}

/// What the findings allow or ask to change about a deployed guard.
pub fn settings(findings: &[Finding]) -> Vec<String> {
    let mut settings = Vec::new();
    let one = |question| first_measured(findings, question);
    match one(Question::EmptyRouting) {
        Some(Measured::Removes) => settings.push(
            "`Routing: {}` removes a failover. A sweep still leaves one that it finds, and no setting changes \
             that yet; `guardctl apply` removes it on request"
                .to_owned(),
        ),
        Some(Measured::Keeps) => settings.push(
            "`Routing: {}` does not remove a failover: declare `routing: none` only where a person removes one by \
             hand"
                .to_owned(),
        ),
        Some(_) | None => {}
    }
    match one(Question::UpdateDistribution) {
        Some(Measured::Needed { resource, is_own: true }) => settings.push(format!(
            "the role needs cloudfront:updateDistribution, asked for on {resource}: leave DenyOwnDistributions at \
             false, or it stops every revert of a custom domain"
        )),
        Some(Measured::Needed { resource, is_own: false }) => settings.push(format!(
            "the role needs cloudfront:updateDistribution, asked for on {resource}, which is not of this account: \
             DenyOwnDistributions=true is possible, and recommended"
        )),
        Some(Measured::NotNeeded) => settings.push(
            "an update was accepted without cloudfront:updateDistribution: the statement in template.yaml can be \
             left out here, once a second run says the same"
                .to_owned(),
        ),
        Some(_) | None => {}
    }
    if let Some(Measured::Took(time)) = one(Question::DurationUpdating)
        && *time > Duration::from_secs(30 * 60)
    {
        settings.push(
            "an update takes longer than the alarm drift-lasts waits: raise DriftLastsMinutes"
                .to_owned(),
        );
    }
    if settings.is_empty() {
        settings.push("nothing that was found asks for another setting of the guard".to_owned());
    }
    settings
}

#[cfg(test)]
mod tests;
