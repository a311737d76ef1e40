//! What is allowed in a baseline and still deserves a second look.

use time::{Duration, OffsetDateTime};

use super::model::Setting;
use super::{Baseline, Exemption, PolicyRule, Position, Problem};
use crate::domain::{Attribute, SecurityPolicy};

/// How long before its end an exemption is mentioned.
const SOON: Duration = Duration::days(14);

impl Baseline {
    /// What deserves a second look at `now`, in no case an error, in the order of the file.
    pub fn lints(&self, now: OffsetDateTime) -> Vec<Problem> {
        let mut lints: Vec<Problem> = self
            .exemptions
            .iter()
            .enumerate()
            .flat_map(|(nth, exemption)| self.lints_of_exemption(nth, exemption, now))
            .collect();
        for (nth, entry) in self.entries.iter().enumerate() {
            let path = format!("domains[{nth}]");
            let declarations = &entry.declarations;
            if entry.pattern.is_exact() && !entry.pattern.as_str().contains('.') {
                for (attribute, position) in [
                    (Attribute::SecurityPolicy, declared_at(&declarations.security_policy)),
                    (Attribute::Routing, declared_at(&declarations.routing)),
                    (Attribute::CertificateArn, declared_at(&declarations.certificate_arn)),
                ] {
                    if let Some(position) = position {
                        lints.push(lint(
                            position,
                            attribute.as_str().len(),
                            format!("{path}.{attribute}"),
                            "a name without a dot is a prefix domain, on which this means nothing",
                            "remove it, or write the custom domain's full name",
                        ));
                    }
                }
            }
            lints.extend(lowering(&path, &declarations.security_policy));
        }
        lints.extend(lowering("defaults", &self.defaults.security_policy));
        lints.sort_by_key(|lint| lint.position);
        lints
    }

    fn lints_of_exemption(
        &self,
        nth: usize,
        exemption: &Exemption,
        now: OffsetDateTime,
    ) -> Vec<Problem> {
        let mut lints = Vec::new();
        let path = format!("exemptions[{nth}]");
        let until = exemption.until;
        if until <= now {
            lints.push(lint(
                exemption.position,
                1,
                path.clone(),
                &format!("it ended on {}, and what it allowed is put back", until.date()),
                "remove it, or move `until` if the reason still holds",
            ));
        } else if until <= now + SOON {
            lints.push(lint(
                exemption.position,
                1,
                path.clone(),
                &format!("it ends on {}", until.date()),
                "prepare for it, or move `until` if the reason will still hold",
            ));
        }
        if exemption.pattern.is_exact() {
            let governing = self.governing(exemption.pattern.as_str());
            for attribute in &exemption.attributes {
                let is_declared = match attribute {
                    Attribute::SecurityPolicy => governing.security_policy.is_some(),
                    Attribute::Routing => governing.routing.is_some(),
                    Attribute::ManagedLoginVersion => governing.managed_login_version.is_some(),
                    Attribute::CertificateArn => governing.certificate_arn.is_some(),
                };
                if !is_declared {
                    lints.push(lint(
                        exemption.position,
                        1,
                        format!("{path}.attributes"),
                        &format!(
                            "nothing declares {attribute} for {}, so there is nothing to exempt",
                            exemption.pattern
                        ),
                        "remove the attribute, or declare it",
                    ));
                }
            }
        }
        lints
    }
}

/// `exactly` is the one way in which the guard can lower a policy.
fn lowering(path: &str, setting: &Setting<PolicyRule>) -> Option<Problem> {
    let Setting::Declared(declared) = setting else {
        return None;
    };
    match declared.value {
        PolicyRule::Exactly(policy) if SecurityPolicy::ALL.last() != Some(&policy) => Some(lint(
            declared.position,
            Attribute::SecurityPolicy.as_str().len(),
            format!("{path}.security_policy"),
            &format!("a policy stronger than {policy} is put back down to it"),
            &format!("write {{ at_least: {policy} }} if that is not meant"),
        )),
        PolicyRule::Exactly(_) | PolicyRule::AtLeast(_) => None,
    }
}

fn declared_at<T>(setting: &Setting<T>) -> Option<Position> {
    match setting {
        Setting::Declared(declared) => Some(declared.position),
        Setting::Undeclared | Setting::Unmanaged => None,
    }
}

fn lint(position: Position, length: usize, path: String, message: &str, mend: &str) -> Problem {
    Problem {
        position,
        end: position.advanced(length),
        path,
        message: message.to_owned(),
        mend: mend.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::Baseline;

    fn check(text: &str, expected: &[&str]) {
        let baseline = Baseline::parse("b.yaml", text).expect("sound");
        let now = OffsetDateTime::parse("2026-11-23T00:00:00Z", &Rfc3339).expect("a time");
        let lints = baseline.lints(now);
        let shown: Vec<String> = lints.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_floor_and_the_strongest_policy_are_fine() {
        check(
            "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\ndomains:\n  \
             - domain: a.example.com\n    security_policy: TLS_V1_3_2025\n",
            &[],
        );
    }

    #[test]
    fn an_exact_policy_that_can_lower_is_mentioned() {
        check(
            "version: 1\ndefaults:\n  security_policy: TLS_V1_2_2021\n",
            &[
                "3:3: defaults.security_policy: a policy stronger than TLS_V1_2_2021 is put back down \
               to it; write { at_least: TLS_V1_2_2021 } if that is not meant",
            ],
        );
    }

    #[test]
    fn what_means_nothing_on_a_prefix_domain_is_mentioned() {
        check(
            "version: 1\ndomains:\n  - domain: example-login\n    routing: none\n",
            &[
                "4:5: domains[0].routing: a name without a dot is a prefix domain, on which this means \
               nothing; remove it, or write the custom domain's full name",
            ],
        );
    }

    #[test]
    fn exemptions_that_are_over_that_end_soon_or_that_allow_nothing_are_mentioned() {
        check(
            "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\nexemptions:\n  \
             - { domain: a.example.com, attributes: [security_policy], until: 2026-11-01T00:00:00Z, \
             reason: x }\n  - { domain: b.example.com, attributes: [routing], until: \
             2026-12-01T00:00:00Z, reason: x }\n",
            &[
                "5:7: exemptions[0]: it ended on 2026-11-01, and what it allowed is put back; remove \
                 it, or move `until` if the reason still holds",
                "6:7: exemptions[1]: it ends on 2026-12-01; prepare for it, or move `until` if the \
                 reason will still hold",
                "6:7: exemptions[1].attributes: nothing declares routing for b.example.com, so there \
                 is nothing to exempt; remove the attribute, or declare it",
            ],
        );
    }
}
