//! Credentials that are missing or not taken: each in one line with what to type.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use cognito_domain_guard_sandbox::{Action, Caller, Role, World, WorldSettings};
use rexpect::session::spawn_command;

use crate::served::{Served, weak};
use crate::support::{empty_folder, text};

const CONFIG: &str = "[profile ops]
region = eu-central-1
aws_access_key_id = AKIAPROFILE
aws_secret_access_key = test
[profile company-sso]
region = eu-central-1
sso_session = company
sso_account_id = 111122223333
sso_role_name = ReadOnly
[sso-session company]
sso_region = eu-central-1
sso_start_url = https://example.awsapps.com/start
[profile by-sso]
region = eu-central-1
role_arn = arn:aws:iam::111122223333:role/Auditor
source_profile = company-sso
[profile bare]
region = eu-central-1
[profile mfa]
region = eu-central-1
role_arn = arn:aws:iam::111122223333:role/Auditor
source_profile = ops
mfa_serial = arn:aws:iam::111122223333:mfa/jane
[profile no-source]
region = eu-central-1
role_arn = arn:aws:iam::111122223333:role/Auditor
source_profile = gone
[profile no-session]
region = eu-central-1
sso_session = gone
sso_account_id = 111122223333
sso_role_name = ReadOnly
[profile no-token]
region = eu-central-1
role_arn = arn:aws:iam::111122223333:role/Auditor
web_identity_token_file = /gone/token
";

/// `guardctl plan` without anything of this machine's.
fn plan(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let home = empty_folder(name);
    fs::create_dir_all(home.join(".aws")).expect("a folder");
    fs::write(home.join(".aws/config"), CONFIG).expect("a file");
    let mut command = crate::guardctl();
    command
        .args(["plan", "--baseline", "baseline/example.yaml"])
        .args(arguments)
        .env_clear()
        .env("HOME", &home)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied());
    command
}

/// The one line that it ends with.
fn told(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = plan(name, arguments, environment).output().expect("guardctl");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = text(&output.stderr);
    assert_eq!(told.lines().count(), 1, "{told}");
    told.to_owned()
}

const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_REGION", "eu-central-1"),
];

#[test]
fn a_profile_that_is_not_there_is_named_with_those_that_are() {
    for (arguments, environment, what) in [
        (&["--profile", "nobody"][..], &[][..], "--profile"),
        (&[], &[("AWS_PROFILE", "nobody")], "AWS_PROFILE"),
    ] {
        let told = told("cli-profile-unknown", arguments, environment);
        assert!(
            told.starts_with(&format!("error: {what}: there is no profile nobody in")),
            "{told}"
        );
        assert!(
            told.contains(
                "which have: bare, by-sso, company-sso, mfa, no-session, no-source, no-token, ops"
            ),
            "{told}"
        );
    }
}

#[test]
fn what_a_profile_names_and_is_not_there_is_named() {
    let files = "in ~/.aws/config or ~/.aws/credentials";
    for (profile, expected) in [
        (
            "no-source",
            format!(
                "profile no-source has source_profile = gone, and there is no such profile {files}"
            ),
        ),
        (
            "no-session",
            format!(
                "profile no-session has sso_session = gone, and there is no [sso-session] of that name {files}"
            ),
        ),
        (
            "no-token",
            "profile no-token has web_identity_token_file = /gone/token, and there is no such file"
                .to_owned(),
        ),
    ] {
        let told = told("cli-dangling", &["--profile", profile], &[]);
        assert_eq!(told, format!("error: {expected}\n"));
    }
}

#[test]
fn a_profile_is_looked_for_in_the_files_that_the_environment_names() {
    let config = empty_folder("cli-profile-elsewhere").join("elsewhere");
    fs::write(&config, CONFIG).expect("a file");
    let path = config.display().to_string();
    let told = told("cli-profile-files", &["--profile", "nobody"], &[("AWS_CONFIG_FILE", &path)]);
    let expected =
        format!("there is no profile nobody in {path} or ~/.aws/credentials, which have: bare");
    assert!(told.contains(&expected), "{told}");
}

#[test]
fn a_region_that_is_none_is_an_error_of_the_command_line_and_an_empty_variable_is_no_region() {
    for (written, fix) in [
        ("EU-Central-1", "write eu-central-1"),
        ("eu-central-1a", "write eu-central-1"),
        ("", "write a region by its code, such as eu-central-1"),
        ("frankfurt", "write a region by its code, such as eu-central-1"),
    ] {
        let output = plan("cli-region", &["--region", written], &KEYS).output().expect("guardctl");
        assert_eq!(output.status.code(), Some(64), "{written}");
        let told = text(&output.stderr);
        assert!(told.contains(&format!("it is not an AWS region: {fix}")), "{told}");
    }
    let mut environment = KEYS.to_vec();
    environment[2].1 = "";
    assert!(told("cli-region-empty", &[], &environment).contains("no region: pass --region"));
}

#[test]
fn a_login_that_is_missing_says_what_to_type() {
    for profile in ["company-sso", "by-sso"] {
        let told = told("cli-sso", &["--profile", profile], &[]);
        assert!(told.contains("the SSO login of profile company-sso is missing"), "{told}");
        assert!(told.ends_with("aws sso login --profile company-sso\n"), "{told}");
    }
}

#[test]
fn a_login_that_is_over_says_so_without_asking_anybody() {
    for profile in ["company-sso", "by-sso"] {
        let name = format!("cli-sso-over-{profile}");
        let mut command = plan(&name, &["--profile", profile], &[]);
        // As the AWS CLI leaves it, under the SHA-1 of the session's name.
        let home = home_of(&command);
        let cache = home.join(".aws/sso/cache");
        fs::create_dir_all(&cache).expect("a folder");
        fs::write(
            cache.join("71b21161ffa1e6516bcc072aaf5ef38cbe85b511.json"),
            r#"{ "startUrl": "https://example.awsapps.com/start", "region": "eu-central-1",
                 "accessToken": "over", "expiresAt": "2020-01-01T00:00:00Z" }"#,
        )
        .expect("a file");
        let output = command.output().expect("guardctl");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = text(&output.stderr);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.contains("the SSO login of profile company-sso is missing or has expired"),
            "{told}"
        );
        assert!(told.ends_with("aws sso login --profile company-sso\n"), "{told}");
    }
}

/// The home directory that a command has.
fn home_of(command: &Command) -> PathBuf {
    let mut set = command.get_envs();
    let home = set.find_map(|(name, value)| value.filter(|_| name == "HOME"));
    PathBuf::from(home.expect("a home"))
}

#[test]
fn no_credentials_at_all_and_no_region_are_said() {
    let none = told("cli-no-credentials", &[], &[("AWS_REGION", "eu-central-1")]);
    assert!(none.contains("there are no credentials: pass --profile"), "{none}");
    let bare = told("cli-no-credentials-bare", &["--profile", "bare"], &[]);
    assert!(bare.contains("there are no credentials in profile bare: pass --profile"), "{bare}");
    let nowhere = told("cli-no-region", &[], &KEYS[..2]);
    assert!(nowhere.contains("no region: pass --region"), "{nowhere}");
}

#[test]
fn without_a_network_it_says_so() {
    let mut environment = KEYS.to_vec();
    // Nobody listens there.
    environment.push(("AWS_ENDPOINT_URL", "http://127.0.0.1:1"));
    environment.push(("AWS_MAX_ATTEMPTS", "1"));
    let told = told("cli-no-network", &[], &environment);
    assert!(told.contains("no network: AWS's STS of region eu-central-1"), "{told}");
}

#[test]
fn a_role_that_wants_a_code_asks_for_it_on_a_terminal_alone() {
    let refused = told("cli-mfa-no-terminal", &["--profile", "mfa"], &[]);
    assert!(refused.contains("wants the code of arn:aws:iam::111122223333:mfa/jane"), "{refused}");
    assert!(refused.contains("aws sts get-session-token --serial-number"), "{refused}");

    #[expect(clippy::disallowed_methods, reason = "the session of today")]
    let start = time::OffsetDateTime::now_utc();
    let served = Served::of(World::new(WorldSettings { start, ..WorldSettings::default() }));
    served.world.put_domain(weak("auth.example.com"));
    served.world.register_caller("AKIAPROFILE", Caller::iam_user("111122223333", "jane"));
    served.world.put_role(Role {
        arn: "arn:aws:iam::111122223333:role/Auditor".to_owned(),
        trusted: vec!["arn:aws:iam::111122223333:user/jane".to_owned()],
        allowed: vec![
            Action::ListUserPools,
            Action::DescribeUserPool,
            Action::DescribeUserPoolDomain,
        ],
        region: None,
        updates_distributions: false,
    });
    let environment = [("AWS_ENDPOINT_URL", served.endpoint()), ("TERM", "dumb")];
    let command = plan("cli-mfa", &["--profile", "mfa"], &environment);
    let mut session = spawn_command(command, Some(30_000)).expect("a terminal");
    session.exp_string("Enter MFA code for arn:aws:iam::111122223333:mfa/jane: ").expect("asked");
    session.send_line("123456").expect("sent");
    let rest = session.exp_eof().expect("its end");
    assert!(rest.contains("auth.example.com"), "{rest}");
    let assumed = served.world.calls().iter().any(|call| call.action == Action::AssumeRole);
    assert!(assumed);
}
