//! How a list of domains is printed.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{Attribute, Hosting};
use cognito_domain_guard::text::{counted, harmless};
use guardctl::facts::{self, Fact, facts, in_short};
use guardctl::page;
use serde_json::{Value, json};

use super::{Governed, Listed};
use crate::plan::markdown::cell;
use crate::sheet;

impl Listed {
    fn hosting(&self) -> &'static str {
        match self.domain.hosting {
            Hosting::Prefix => "prefix",
            Hosting::Custom(_) => "custom",
        }
    }
}

impl Governed {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::No => "no",
            Self::Yes(_) => "yes",
        }
    }

    fn mode(self) -> &'static str {
        match self {
            Self::Unknown | Self::No => "",
            Self::Yes(mode) => mode.as_str(),
        }
    }
}

/// By account and region, for people.
pub fn text(
    listed: &[Listed],
    places: &BTreeSet<(String, String)>,
    baseline: Option<&Baseline>,
) -> String {
    let mut out = String::new();
    let length = |one: &Listed| harmless(&one.domain.name).chars().count();
    let width = listed.iter().map(length).max().unwrap_or(0);
    for (account, region) in places {
        let of_place = || {
            listed.iter().filter(|one| one.place.account == *account && one.place.region == *region)
        };
        // Of every region there is, most have none.
        if of_place().next().is_none() && places.len() > 1 {
            continue;
        }
        let _ = writeln!(out, "account {account} {region}\n");
        for one in of_place() {
            let pool = harmless(&one.domain.user_pool_id);
            let governed = match one.governed {
                Governed::Unknown => "no baseline to ask".to_owned(),
                Governed::No => "not governed".to_owned(),
                Governed::Yes(mode) => format!("governed, mode {mode}"),
            };
            let line =
                format!("{}; user pool {pool}; {governed}", harmless(&in_short(&one.domain)));
            let name = harmless(&one.domain.name);
            page::wrapped(&mut out, &format!("  {name:<width$}  "), 6, &line);
        }
        if of_place().next().is_some() {
            out.push('\n');
        }
    }
    let governed = listed.iter().filter(|one| matches!(one.governed, Governed::Yes(_))).count();
    let of = baseline.map(|baseline| format!(", {governed} governed by {}", baseline.name()));
    let _ = writeln!(
        out,
        "{} in {}{}",
        counted(listed.len(), "domain"),
        counted(places.len(), "region"),
        of.unwrap_or_default()
    );
    out
}

/// For other programs.
pub fn object(one: &Listed) -> Value {
    let mut object = facts::to_json(&one.domain);
    if let Some(members) = object.as_object_mut() {
        members.insert("partition".to_owned(), json!(one.place.partition));
        members.insert("account".to_owned(), json!(one.place.account));
        members.insert("region".to_owned(), json!(one.place.region));
        members.insert("hosting".to_owned(), json!(one.hosting()));
        let governed = match one.governed {
            Governed::Unknown => Value::Null,
            Governed::No => json!(false),
            Governed::Yes(_) => json!(true),
        };
        members.insert("governed".to_owned(), governed);
        let mode = Some(one.governed.mode()).filter(|mode| !mode.is_empty());
        members.insert("mode".to_owned(), json!(mode));
    }
    object
}

const BEFORE: [&str; 5] = ["account", "region", "domain", "hosting", "status"];
const AFTER: [&str; 3] = ["user_pool_id", "governed", "mode"];

/// Each attribute has a column.
fn columns() -> Vec<&'static str> {
    BEFORE.into_iter().chain(Attribute::WORDS).chain(AFTER).collect()
}

fn cells(one: &Listed) -> Vec<String> {
    let Listed { place, domain, governed } = one;
    let before = [
        place.account.clone(),
        place.region.clone(),
        domain.name.clone(),
        one.hosting().to_owned(),
        domain.status.to_string(),
    ];
    let values = facts(domain).into_iter().map(|Fact { attribute: _, value }| value.to_string());
    let after =
        [domain.user_pool_id.clone(), governed.word().to_owned(), governed.mode().to_owned()];
    before.into_iter().chain(values).chain(after).collect()
}

/// For spreadsheets.
///
/// # Errors
///
/// It cannot be written: there is no memory left.
pub fn csv(listed: &[Listed]) -> Result<String, Box<dyn Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns())?;
    for one in listed {
        writer.write_record(cells(one).iter().map(|text| sheet::cell(text)))?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    Ok(String::from_utf8(bytes)?)
}

/// A table.
pub fn markdown(listed: &[Listed]) -> String {
    let names = columns();
    let mut out = format!("| {} |\n|{}\n", names.join(" | "), " --- |".repeat(names.len()));
    for one in listed {
        let row: Vec<String> = cells(one).iter().map(|text| cell(text)).collect();
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out
}
