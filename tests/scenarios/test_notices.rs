//! Somebody wants to see that notices arrive.

use std::time::Duration;

use cognito_domain_guard_sandbox::Action;
use serde_json::json;

use crate::check::check;

const JANE: &str = "arn:aws:sts::111122223333:assumed-role/PlatformAdmin/jane";

#[tokio::test(start_paused = true)]
async fn a_test_notice_says_that_it_is_one_and_who_asked_and_nothing_is_looked_at() {
    check("update-compliant.json")
        .late()
        .in_the_likeliest_world()
        .unchecked()
        .run_and_then(async |end, _| {
            let calls = end.world.calls().len();
            let answer = end.platform.invoke(json!({ "test_notice": JANE })).await.unwrap();
            assert_eq!(answer["trigger"], "test");
            let made: Vec<_> = end.world.calls()[calls..].iter().map(|call| call.action).collect();
            assert_eq!(made, [Action::Publish]);
            let published = end.world.published();
            let notice = published.last().unwrap();
            assert_eq!(
                notice.subject.as_deref(),
                Some("[INFO] This is a test: nothing happened. No action needed.")
            );
            let email = notice.body_for("email");
            let email: Vec<_> = email.split_whitespace().collect();
            let email = email.join(" ");
            assert!(email.contains("looked at no domain and changed nothing"), "{email}");
            assert!(
                email.contains(&format!("asked for by {JANE}, as the invocation says")),
                "{email}"
            );
            // Each is sent, also at once: nobody has to wait to try again.
            end.platform.invoke(json!({ "test_notice": JANE })).await.unwrap();
            assert_eq!(end.world.published().len(), published.len() + 1);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_the_topic_does_not_take_is_an_error_for_whoever_asked_and_comes_back_for_nobody()
{
    check("update-compliant.json")
        .late()
        .in_the_likeliest_world()
        .unchecked()
        .run_and_then(async |end, _| {
            end.world.deny(Action::Publish);
            let payload = json!({ "test_notice": JANE });
            let error = end.platform.invoke(payload.clone()).await.unwrap_err();
            let error = format!("{error:?}");
            assert!(error.contains("NoticeFailed") && error.contains("sns:Publish"), "{error}");
            // Invoked as an event, it goes the way of all events that failed: once by the queue.
            let calls = end.world.calls().len();
            end.platform.invoke_after(Duration::ZERO, payload);
            end.platform.run_until_idle(Duration::from_secs(3 * 3600)).await;
            let made: Vec<_> = end.world.calls()[calls..].iter().map(|call| call.action).collect();
            assert_eq!(made, [Action::Publish]);
            assert!(end.platform.dead_letters().is_empty());
        })
        .await;
}
