//! The baseline in force, and the index beside it.

use cognito_domain_guard::baseline::FileIndex;

use super::*;

#[test]
fn the_baseline_in_force_must_be_there_valid_and_the_expected_one() {
    let check = Check::Baseline;
    let content = |facts: &mut Facts, text: &str| {
        guard(facts).baseline = Ok(BaselineFile::Found {
            path: "/opt/baseline.yaml".to_owned(),
            archive: "the function's own archive".to_owned(),
            content: text.into(),
            index: None,
        });
    };
    wrong(check, "line 2, mode: ", |facts| content(facts, "version: 1\nmode: enforc\n"));
    wrong(check, "different ones", |f| content(f, &BASELINE.replace("audit", "enforce")));
    wrong(check, "there is none at /opt/baseline.yaml", |facts| {
        let paths = vec!["/opt/baseline.yaml".to_owned()];
        guard(facts).baseline = Ok(BaselineFile::Missing { paths });
    });
    let expected = Expected { name: "mine.yaml".to_owned(), content: b"version: 1\n".to_vec() };
    let findings = judge(&healthy(), Some(&expected), NOW);
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(finding.verdict, Verdict::Wrong);
    assert!(finding.what.contains("is not mine.yaml"), "{}", finding.what);
    let findings = judged(|_| {});
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    let said = format!(
        "/opt/baseline.yaml of layer guard-baseline:3 is valid, digest {}; line 4: ",
        cognito_domain_guard::baseline::digest(BASELINE.as_bytes())
    );
    assert!(finding.what.starts_with(&said), "{}", finding.what);
    let findings = judged(|facts| {
        let variables = &mut guard(facts).environment;
        variables.insert("BASELINE_REVISION".to_owned(), "v1.2.3-4-gabc".to_owned());
    });
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert!(finding.what.contains(", revision v1.2.3-4-gabc;"), "{}", finding.what);
}

#[test]
fn an_index_in_force_must_be_that_of_the_baseline() {
    let check = Check::Baseline;
    let with = |text: &str| {
        let made = FileIndex::of("baseline.yaml", text).unwrap().as_bytes().to_vec();
        move |facts: &mut Facts| match guard(facts).baseline.as_mut() {
            Ok(BaselineFile::Found { index, .. }) => *index = Some(made),
            Ok(BaselineFile::Missing { .. }) | Err(_) => panic!("a healthy guard has a baseline"),
        }
    };
    wrong(check, "is of another text", with(&format!("{BASELINE}# and more\n")));
    let findings = judged(with(BASELINE));
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert!(finding.what.contains(", indexed"), "{}", finding.what);
}

#[test]
fn a_baseline_in_force_that_disarms_the_guard_is_no_healthy_one() {
    let check = Check::Baseline;
    let in_force = |text: String| {
        move |facts: &mut Facts| {
            let found = BaselineFile::Found {
                path: "/opt/baseline.yaml".to_owned(),
                archive: "the function's own archive".to_owned(),
                content: text.into(),
                index: None,
            };
            guard(facts).baseline = Ok(found.clone());
            facts.sweep.as_mut().unwrap().as_mut().unwrap().baseline = Ok(found);
        }
    };
    wrong(check, "line 1: nothing is declared for any domain", in_force("version: 1\n".to_owned()));
    let exemption = "exemptions:\n  - { domain: a.example.com, attributes: [routing], until: \
                     2150-01-01T00:00:00Z, reason: old terminals }\n";
    wrong(
        check,
        "an exemption may last 400 (max_exemption_days)",
        in_force(format!("version: 1\ndefaults: {{ managed_login_version: 2 }}\n{exemption}")),
    );
}
