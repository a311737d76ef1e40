//! What Lambda starts, what it answers, and what came of a test notice.

use super::*;
use crate::doctor::facts::{Answered, Architecture, Executable, Machine, Program};

#[test]
fn lambda_must_have_a_program_to_start() {
    let check = Check::Program;
    let missing = |instead: &[&str]| {
        let instead = instead.iter().map(|&name| name.to_owned()).collect();
        move |facts: &mut Facts| guard(facts).program = Ok(Program::Missing { instead })
    };
    wrong(
        check,
        "guard has no program, so it cannot start: there is no bootstrap in its archive, which holds the \
         source code instead: Cargo.toml, README.md, baseline/, crates/ and 2 others",
        missing(&["Cargo.toml", "README.md", "baseline/", "crates/", "src/", "template.yaml"]),
    );
    wrong(check, "in its archive, which holds index.py", missing(&["index.py"]));
    wrong(check, "in its archive, which is empty", missing(&[]));
    wrong(check, "sweep has no program", |facts| {
        let sweep = facts.sweep.as_mut().unwrap().as_mut().unwrap();
        sweep.program = Ok(Program::Missing { instead: Vec::new() });
    });
    let found = |is_executable, machine| {
        let executable = Executable { is_executable, machine };
        let program = Program::Found { archive: "its layer".to_owned(), executable };
        move |facts: &mut Facts| guard(facts).program = Ok(program)
    };
    wrong(check, "its mode should be 755", found(false, Some(Machine::Arm64)));
    wrong(check, "is no program of Linux", found(true, None));
    wrong(check, "than guard, which is arm64", found(true, Some(Machine::X86_64)));
    wrong(check, "than guard, which is x86_64", |facts| {
        guard(facts).architecture = Architecture::X86_64;
    });
    let image = judged(|facts| guard(facts).program = Ok(Program::Image));
    assert!(image.iter().all(|finding| finding.verdict == Verdict::Ok), "{image:#?}");
    let finding = &judged(missing(&["Cargo.toml"]))[4];
    let Some(Step::Run(command)) = finding.fix.last() else { panic!("{finding:#?}") };
    assert_eq!(command, "sam build && sam deploy --stack-name guard");
}

#[test]
fn a_function_that_is_invoked_must_ignore_what_is_not_for_it() {
    let check = Check::Answer;
    let answers = |is_error, payload: serde_json::Value| {
        move |facts: &mut Facts| {
            facts.answers = vec![("guard".to_owned(), Ok(Answered { is_error, payload }))];
        }
    };
    let digest = cognito_domain_guard::baseline::digest(BASELINE.as_bytes());
    let ignored = |digest: &str| {
        serde_json::json!({
            "trigger": "ignored", "baseline": { "file": "baseline.yaml", "digest": digest },
            "outcomes": [{ "outcome": "ignored" }],
        })
    };
    let findings = judged(answers(false, ignored(&digest)));
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(finding.verdict, Verdict::Ok);
    assert!(finding.what.contains(&digest), "{}", finding.what);
    wrong(
        check,
        "guard decides by the baseline 0a1b2c3d4e5f",
        answers(false, ignored("0a1b2c3d4e5f")),
    );
    wrong(
        check,
        "guard cannot answer: BaselineInvalid: baseline.yaml:5:20: no policy",
        answers(
            true,
            serde_json::json!({
                "errorType": "BaselineInvalid", "errorMessage": "baseline.yaml:5:20: no policy",
            }),
        ),
    );
    wrong(check, "answers what no guard does: {}", answers(false, serde_json::json!({})));
    let denied = error("lambda:InvokeFunction", "AccessDeniedException", Failure::Denied);
    let findings = judged(|facts| facts.answers = vec![("guard".to_owned(), Err(denied))]);
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(finding.verdict, Verdict::Unknown { denied: Some("lambda:InvokeFunction") });
}

#[test]
fn a_test_notice_is_one_that_the_topic_took() {
    let check = Check::Notice;
    let notified = |is_error, payload: serde_json::Value| {
        move |facts: &mut Facts| facts.notified = Some(Ok(Answered { is_error, payload }))
    };
    assert!(judged(|_| {}).iter().all(|finding| finding.check != check), "nobody asked");
    let findings = judged(notified(false, serde_json::json!({ "trigger": "test" })));
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(finding.verdict, Verdict::Ok);
    assert!(finding.what.contains("see that it arrives"), "{}", finding.what);
    let failed = |error_type: &str, message: &str| {
        notified(true, serde_json::json!({ "errorType": error_type, "errorMessage": message }))
    };
    wrong(
        check,
        "NoticeFailed: the test notice could not be published; sns:Publish was denied",
        failed("NoticeFailed", "the test notice could not be published; sns:Publish was denied"),
    );
    wrong(
        check,
        "it is older than guardctl",
        failed("Unreadable", "an object with \"test_notice\""),
    );
    wrong(
        check,
        "it is older than guardctl",
        notified(false, serde_json::json!({ "trigger": "ignored" })),
    );
    wrong(check, "no test notice was sent: BaselineInvalid", failed("BaselineInvalid", "5:20"));
    let denied = error("lambda:InvokeFunction", "AccessDeniedException", Failure::Denied);
    let findings = judged(|facts| facts.notified = Some(Err(denied)));
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(finding.verdict, Verdict::Unknown { denied: Some("lambda:InvokeFunction") });
}
