//! What to do about drift that lasts, and about a state that stays unknown.

use super::about::About;
use super::commands;
use super::imposter;
use super::record::Record;
use crate::domain::{CustomDomain, Hosting};
use crate::trigger::{Asked, Change, Origin};

/// Whoever makes the change, whatever it is, loses the permission first: nothing else ends a race that
/// somebody runs against the guard.
pub(super) fn drift(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    let foreign =
        about.change.filter(|change| change.origin.is_foreign() && !record.names_nobody());
    if let Some(change) = foreign {
        Principal::of(change).stop(about, change, steps);
    }
    steps.push(format!(
        "See in CloudTrail who else keeps changing the domain, and so keeps Cognito busy:\n{}",
        commands::domain_events(about.place)
    ));
    commands::apply(
        steps,
        record,
        "When Cognito reports the domain as ACTIVE, put it back by hand if the guard has not:",
    );
}

pub(super) fn unknown(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    if about.error.is_some() {
        steps.push("Look at the error: Cognito throttles or does not answer.".to_owned());
        return;
    }
    if brings_a_certificate(about) {
        steps.push(
            "No action needed for an hour: the change names another certificate than the domain \
             shows, and a new certificate may take that long."
                .to_owned(),
        );
    }
    commands::describe(steps, record, "Look at what Cognito says of the domain:");
    steps.push(
        "If Cognito stays busy for more than an hour, open a case with AWS Support.".to_owned(),
    );
}

/// Whether the change asked for another certificate than the domain shows.
fn brings_a_certificate(about: &About<'_>) -> bool {
    let asked = about.change.map(|change| &change.requested.certificate_arn);
    let shown = about.observed.map(|domain| &domain.hosting);
    match (asked, shown) {
        (
            Some(Asked::Value(asked)),
            Some(Hosting::Custom(CustomDomain { certificate_arn, .. })),
        ) => certificate_arn.as_ref() != Some(asked),
        (Some(Asked::Value(_) | Asked::NotAsked | Asked::None | Asked::Unreadable) | None, _) => {
            false
        }
    }
}

/// Who can be kept from changing the domain again, and how.
enum Principal<'a> {
    User(&'a str),
    Role(&'a str),
    /// Somebody who used the role that the guard works with.
    Guard,
    /// A role of IAM Identity Center, which only Identity Center can change.
    SingleSignOn(&'a str),
    /// An AWS service, with no role or with one that nobody else can change.
    Service,
    Root,
    /// Anybody else: of another account, of a federation, or with a name that no shell should get.
    Other,
}

/// The policy that takes the permission away. It fits into a chat together with the longest name.
const POLICY: &str = r#"'{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"cognito-idp:*UserPoolDomain","Resource":"*"}}'"#;
const POLICY_NAME: &str = "deny-user-pool-domains";
const FIRST: &str = "If the change was not meant, take the permission away";

impl<'a> Principal<'a> {
    fn of(change: &'a Change) -> Self {
        let actor = &change.actor;
        if let Origin::Imposter(_) = change.origin {
            return Self::Guard;
        }
        if actor.kind.as_deref() == Some("Root") {
            return Self::Root;
        }
        if actor.is_service {
            return Self::Service;
        }
        let Some(arn) = actor.arn.as_deref() else { return Self::Other };
        let mut parts = arn.splitn(6, ':').skip(4);
        let (Some(account), Some(resource)) = (parts.next(), parts.next()) else {
            return Self::Other;
        };
        // The command works on names, and another account may have the same ones.
        if account != change.place.account {
            return Self::Other;
        }
        // What is pasted into a shell was chosen by others.
        let name = |name: &'a str| Some(name).filter(|name| commands::is_safe_word(name));
        let last = |path: &'a str| path.rsplit('/').next().filter(|name| !name.is_empty());
        if let Some(user) = resource.strip_prefix("user/") {
            return last(user).and_then(name).map_or(Self::Other, Self::User);
        }
        let role = resource.strip_prefix("assumed-role/").and_then(|role| role.split('/').next());
        match role.filter(|role| !role.is_empty()).and_then(name) {
            Some(role) if actor.is_sso_user => Self::SingleSignOn(role),
            Some(role) => Self::Role(role),
            None => Self::Other,
        }
    }

    fn stop(self, about: &About<'_>, change: &Change, steps: &mut Vec<String>) {
        let account = &change.place.account;
        let commands = |what: &str, name: &str| {
            let with = format!("--{what}-name {name} --policy-name {POLICY_NAME}");
            let put = format!("aws iam put-{what}-policy {with} --policy-document {POLICY}");
            let undo = format!("To give it back later:\naws iam delete-{what}-policy {with}");
            (put, undo)
        };
        match self {
            Self::User(user) => {
                let (put, undo) = commands("user", user);
                steps.push(format!("{FIRST} from the user in account {account}:\n{put}"));
                steps.push(undo);
            }
            Self::Role(role) => {
                let (put, undo) = commands("role", role);
                steps.push(format!("{FIRST} from the role in account {account}:\n{put}"));
                steps.push(undo);
            }
            Self::Guard => steps.push(imposter::of_the_role(about, change)),
            Self::SingleSignOn(role) => steps.push(format!(
                "{FIRST}: in IAM Identity Center, remove the user's assignment, or deny \
                 cognito-idp:UpdateUserPoolDomain in the permission set of the role:\n{role}"
            )),
            Self::Service => steps.push(
                "If the change was not meant, stop what makes the AWS service change the domain: IAM \
                 cannot deny it to a service's own role."
                    .to_owned(),
            ),
            Self::Root => steps.push(format!(
                "{FIRST}: it was the root user, and no IAM policy stops root. Change its password and delete \
                 its access keys, or deny cognito-idp:UpdateUserPoolDomain by a service control policy."
            )),
            Self::Other => steps.push(format!(
                "{FIRST} from whoever made it: deny them cognito-idp:CreateUserPoolDomain, \
                 UpdateUserPoolDomain and DeleteUserPoolDomain."
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::scene::{baseline, event, home, notice_about};
    use super::super::{Kind, Notice};
    use super::{Change, Origin, Principal};
    use crate::trigger::Imposture;

    fn about(identity: &Value) -> Notice {
        let mut event = event("update-weakens-tls");
        event["detail"]["userIdentity"] = identity.clone();
        notice_about(Kind::DriftLasts, &event, &home())
    }

    fn role(role: &str, path: &str, account: &str) -> Value {
        json!({
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/session"),
            "accountId": account,
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "arn": format!("arn:aws:iam::{account}:role/{path}{role}") } },
        })
    }

    fn user(name: &str) -> Value {
        json!({ "type": "IAMUser", "arn": format!("arn:aws:iam::111122223333:user/{name}") })
    }

    fn commands(identity: &Value) -> Vec<String> {
        let steps = about(identity).record.next_steps;
        let lines = steps.iter().flat_map(|step| step.lines().skip(1));
        lines.filter(|line| line.starts_with("aws iam ")).map(str::to_owned).collect()
    }

    #[test]
    fn the_command_takes_the_permission_from_a_user_or_role_of_this_account_and_can_be_undone() {
        let deny = r#"'{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"cognito-idp:*UserPoolDomain","Resource":"*"}}'"#;
        assert_eq!(
            commands(&role("Admin", "teams/", "111122223333")),
            [
                format!(
                    "aws iam put-role-policy --role-name Admin --policy-name deny-user-pool-domains \
                     --policy-document {deny}"
                ),
                "aws iam delete-role-policy --role-name Admin --policy-name deny-user-pool-domains"
                    .to_owned()
            ]
        );
        let [put, _] = commands(&user("team/sam.lee@example.com")).try_into().unwrap();
        assert!(
            put.starts_with("aws iam put-user-policy --user-name sam.lee@example.com "),
            "{put}"
        );
        let document = put.split('\'').nth(1).unwrap();
        let policy: Value = serde_json::from_str(document).unwrap();
        assert_eq!(policy["Statement"]["Effect"], "Deny");
        // Only Identity Center makes roles under its path; a name alone makes nobody its role.
        let [put, _] = commands(&role("AWSReservedSSO_x_0123456789abcdef", "", "111122223333"))
            .try_into()
            .unwrap();
        assert!(put.contains("--role-name AWSReservedSSO_x"), "{put}");
    }

    #[test]
    fn no_command_stops_the_guard_or_meets_somebody_else() {
        for (identity, says) in [
            (role("Admin", "", "444455556666"), "from whoever made it"),
            (
                role("AWSReservedSSO_x_0", "aws-reserved/sso.amazonaws.com/", "111122223333"),
                "IAM Identity Center",
            ),
            (
                role("AWSServiceRoleForX", "aws-service-role/x.amazonaws.com/", "111122223333"),
                "a service's own role",
            ),
            (
                json!({ "type": "AWSService", "invokedBy": "x.amazonaws.com" }),
                "a service's own role",
            ),
            (json!({ "type": "Root" }), "root user"),
            (user("a;reboot"), "from whoever made it"),
            (user("`id`"), "from whoever made it"),
            (user("a'b"), "from whoever made it"),
            (user("a b"), "from whoever made it"),
            (user(""), "from whoever made it"),
            (user("\u{1b}[31m"), "from whoever made it"),
            (user("--debug"), "from whoever made it"),
            (user("$(reboot)"), "from whoever made it"),
            (
                json!({ "type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/x" }),
                "from whoever made it",
            ),
            (json!({}), "from whoever made it"),
        ] {
            assert_eq!(commands(&identity), [] as [String; 0], "{identity}");
            let first = &about(&identity).record.next_steps[0];
            assert!(first.contains(says), "{identity}: {first}");
        }
    }

    #[test]
    fn nothing_is_taken_from_the_guards_own_role_by_whomever_it_was_used() {
        let mut event = event("update-weakens-tls");
        event["detail"]["userIdentity"] =
            role("cognito-domain-guard-GuardRole", "", "111122223333");
        let change = Change {
            origin: Origin::Imposter(Imposture::Function),
            ..super::super::scene::change(&event)
        };
        let mut steps = Vec::new();
        let (place, baseline) = (home(), baseline());
        let about = super::super::scene::about(&place, &baseline, time::OffsetDateTime::UNIX_EPOCH);
        Principal::of(&change).stop(&about, &change, &mut steps);
        let [step] = steps.try_into().unwrap();
        assert!(step.contains("the guard's role") && !step.contains("aws iam"), "{step}");
    }

    #[test]
    fn a_command_is_one_line_in_the_mail_and_whole_or_not_there_in_a_chat() {
        for name in ["Admin".to_owned(), "x".repeat(64)] {
            let notice = about(&role(&name, "", "111122223333"));
            let [put, undo] = commands(&role(&name, "", "111122223333")).try_into().unwrap();
            let mail = notice.email();
            for command in [&put, &undo] {
                assert!(mail.lines().any(|line| line.trim() == command.as_str()), "{mail}");
            }
            let chat = notice.chat();
            let chat = chat["content"]["nextSteps"][0].as_str().unwrap().to_owned();
            let is_whole = chat.ends_with(&format!("`{put}`"));
            let is_left_out = chat.ends_with(" (in the e-mail and in the record)");
            assert_eq!((is_whole, is_left_out), (name == "Admin", name != "Admin"), "{chat}");
        }
    }
}
