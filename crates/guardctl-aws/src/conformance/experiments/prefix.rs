//! A prefix domain: what needs no certificate, in some minutes.

use super::custom::accepted;
use super::{Found, SHORT, Values, judge, login, request, took, while_updating};
use crate::conformance::finding::{Finding, Kind, Measured, Outcome, Question};
use crate::conformance::lab::{Answer, Lab, Stop};
use crate::conformance::resources::Resources;

const KIND: Kind = Kind::Prefix;

pub async fn run(
    lab: &Lab<'_>,
    resources: &Resources<'_, '_>,
    name: &str,
    found: &mut Found,
) -> Result<(), Stop> {
    let pool = resources.make_pool("prefix").await?;
    let made = resources.make_domain(pool, name, None).await?;
    let none = || request(&made, Values::new(None, None));
    let with = |version| request(&made, Values::new(None, Some(version)));

    // Naming nothing, so that it stays what a new domain is.
    let probe = lab.probe(&none()).await?;
    found.add(lab, judge::busy(Question::BusyCreating, KIND, probe.as_ref(), None));
    let looks = lab.follow(name, SHORT, |_| true).await?;
    let created = match looks.last() {
        Some(last) if probe.is_some() => took(made.since().elapsed().max(last.after)),
        Some(_) | None => Outcome::NotMeasurable("the domain was ACTIVE at once".to_owned()),
    };
    found.add(lab, Finding::new(Question::DurationCreating, KIND, created));
    let new = looks.last().map_or_else(|| "absent".to_owned(), |look| login(&look.domain));
    let value = Outcome::Measured(Measured::Value(new.clone()));
    found.add(lab, Finding::new(Question::NewManagedLogin, KIND, value));

    let (usual, other) = if new == "2" { (2, 1) } else { (1, 2) };
    let other_text = other.to_string();
    let own = &lab.account.cognito;
    let change = lab.change(own, &with(other), SHORT, |d| login(d) == other_text).await?;
    accepted(&change, &format!("an update to managed login version {other}"))?;
    found.add(lab, judge::describe(KIND, &change, login, (&new, &other_text)));
    found.add(lab, judge::duration(Question::DurationUpdating, KIND, &change));

    // Left out. If it were reset already by a lost answer's repetition, that is what would be seen too.
    let omitted = lab.change(own, &none(), SHORT, |_| false).await?;
    found.add(
        lab,
        match &omitted.answer {
            Answer::Refused(refusal) => Finding::new(
                Question::OmittedManagedLogin,
                KIND,
                Outcome::Unexpected(format!(
                    "an update that names nothing was refused with {refusal}"
                )),
            ),
            Answer::Lost(why) => Finding::new(
                Question::OmittedManagedLogin,
                KIND,
                Outcome::NotMeasured(format!("no answer: {why}")),
            ),
            Answer::Accepted => judge::omitted(
                Question::OmittedManagedLogin,
                KIND,
                &other_text,
                &new,
                &login(omitted.end()),
            ),
        },
    );

    // Busy with one change, and asked for the opposite.
    let (first, second) =
        if login(omitted.end()) == other_text { (usual, other) } else { (other, usual) };
    let (first_text, second_text) = (first.to_string(), second.to_string());
    let (first, second) = (with(first), with(second));
    let (probe, takes_effect) = while_updating(
        lab,
        &first,
        &second,
        |d| login(d) == first_text,
        |d| login(d) == second_text,
    )
    .await?;
    found.add(lab, judge::busy(Question::BusyUpdating, KIND, probe.as_ref(), takes_effect));
    Ok(())
}
