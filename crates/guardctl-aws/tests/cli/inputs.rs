//! Events from wherever people have them.

use std::fs;
use std::process::Command;

use cognito_domain_guard_sandbox::{Action, Caller};

use crate::served::{Served, weak};
use crate::support::{empty_folder, text};

#[test]
fn rehearse_names_each_event_and_shows_the_same_plan_once() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let live = served.guardctl(&[
        "rehearse",
        "events/update-weakens-tls.json",
        "events/update-by-root.json",
    ]);
    let printed = text(&live.stdout);
    for file in ["update-weakens-tls", "update-by-root"] {
        assert!(printed.contains(&format!("events/{file}.json: auth.example.com: ")), "{printed}");
    }
    assert_eq!(printed.matches("\n  auth.example.com ").count(), 1, "{printed}");
    assert!(served.world.calls().iter().all(|c| c.action != Action::UpdateUserPoolDomain));
}

/// As for the AWS CLI. The SDK's own chain would take the keys, and perhaps another account.
#[test]
fn a_profile_that_is_asked_for_counts_before_the_environments_keys() {
    let served = Served::start();
    served.world.register_caller("AKIAPROFILE", Caller::iam_user("111122223333", "profile"));
    let file = empty_folder("cli-profile").join("config");
    fs::write(
        &file,
        "[profile ops]\nregion = eu-west-1\naws_access_key_id = AKIAPROFILE\n\
         aws_secret_access_key = test\n",
    )
    .expect("a file");
    let keys = |command: &mut Command| {
        let before = served.world.calls().len();
        let output = command
            .env("AWS_CONFIG_FILE", &file)
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .expect("guardctl");
        let calls = served.world.calls();
        let keys: Vec<_> = calls[before..].iter().map(|call| call.access_key_id.clone()).collect();
        (keys, text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
    };
    let plan = ["plan", "--domain", "auth.example.com"];
    let (used, printed, told) =
        keys(&mut served.command(&[&plan[..], &["--profile", "ops"]].concat()));
    assert!(!used.is_empty() && used.iter().all(|key| key == "AKIAPROFILE"), "{used:?} {told}");
    // The region is the environment's, which counts before a profile's.
    assert!(printed.contains("eu-central-1"), "{printed}");

    let mut by_environment = served.command(&plan);
    by_environment.env("AWS_PROFILE", "ops").env_remove("AWS_REGION");
    by_environment.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let (used, printed, told) = keys(&mut by_environment);
    assert!(!used.is_empty() && used.iter().all(|key| key == "AKIAPROFILE"), "{used:?} {told}");
    assert!(printed.contains("eu-west-1"), "{printed}");

    let (used, _, told) =
        keys(&mut served.command(&[&plan[..], &["--profile", "nobody"]].concat()));
    assert!(used.is_empty() && told.contains("nobody"), "{used:?} {told}");
}

#[test]
fn replay_live_is_another_name_of_rehearse() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let event = "events/update-weakens-tls.json";
    let by_name = served.guardctl(&["rehearse", event]);
    assert_eq!(by_name, served.guardctl(&["replay", "--live", event]));
    assert!(
        text(&by_name.stdout).contains("auth.example.com: would be left unchanged"),
        "{by_name:?}"
    );
}
