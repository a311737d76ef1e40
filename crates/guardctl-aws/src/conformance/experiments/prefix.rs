//! A prefix domain: what needs no certificate, in some minutes.

use super::ask::{SHORT, Values, accepted, creation, request, while_updating};
use super::found::Found;
use super::judge;
use crate::conformance::finding::{Kind, Question};
use crate::conformance::lab::{Lab, Stop};
use crate::conformance::resources::Resources;
use crate::conformance::values::login;

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

    let new = login(&creation(lab, &made, KIND, SHORT, found).await?);
    let (usual, other) = if new == "2" { (2, 1) } else { (1, 2) };
    let other_text = other.to_string();
    let own = &lab.account.cognito;
    let change = lab.change(own, &with(other), SHORT, |d| login(d) == other_text).await?;
    accepted(&change, &format!("an update to managed login version {other}"))?;
    found.add(lab, judge::describe(KIND, &change, login, (&new, &other_text)));
    found.add(lab, judge::duration(Question::DurationUpdating, KIND, &change));

    // Left out. If it were reset already by a lost answer's repetition, that is what would be seen too.
    let omitted = lab.change(own, &none(), SHORT, |_| false).await?;
    let after = login(omitted.end());
    let question = Question::OmittedManagedLogin;
    found.add(lab, judge::left_out(question, KIND, &omitted, &other_text, &new, &after));

    // Busy with one change, and asked for the opposite.
    let (first, second) = if after == other_text { (usual, other) } else { (other, usual) };
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
