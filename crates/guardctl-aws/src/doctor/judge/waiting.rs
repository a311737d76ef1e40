//! The queues in which events wait, and those in which they end.

use super::{known, region_of, unsilence};
use crate::doctor::facts::{
    EventSource, Facts, Function, Leftovers, LeftoversKind, Queue, is_absent, name_of,
};
use crate::doctor::finding::{Check, Finding, run, say};
use cognito_domain_guard::text::counted;

/// Cognito takes up to an hour for a new custom domain or certificate.
const LONGEST_WAIT_SECONDS: u64 = 3_600;

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    if let Ok(guard) = &facts.guard {
        event_source(facts, guard, found);
    }
    recheck(facts, found);
    for leftovers in &facts.dead_letters {
        end(facts, leftovers, found);
    }
}

fn event_source(facts: &Facts, guard: &Function, found: &mut Vec<Finding>) {
    let check = Check::EventSource;
    let Some(sources) = known(check, &guard.event_sources, found) else { return };
    let region = region_of(&facts.place);
    let destination = guard.on_failure.iter().flatten().find_map(|c| c.destination.as_deref());
    let recheck = facts.recheck.iter().flatten().next().map(|queue| queue.arn.as_str());
    let queue = destination.or(recheck);
    let Some(source) = sources.iter().find(|source| queue.is_none_or(|q| q == source.queue_arn))
    else {
        let arn = queue.unwrap_or("RECHECK-QUEUE-ARN");
        found.push(check.wrong(
            format!("nothing reads {}: events that wait there stay", name_of(arn)),
            vec![run(format!(
                "aws lambda create-event-source-mapping {region} --function-name {} \
                 --event-source-arn {arn} --batch-size 1 --function-response-types \
                 ReportBatchItemFailures --scaling-config MaximumConcurrency=2",
                guard.name
            ))],
        ));
        return;
    };
    let EventSource { id, queue_arn, state, batch_size, reports_batch_item_failures } = source;
    let before = found.len();
    let update = format!("aws lambda update-event-source-mapping {region} --uuid {id}");
    // `Creating`, `Enabling` and `Updating` are on their way.
    if ["Disabled", "Disabling", "Deleting"].contains(&state.as_str()) {
        let enable = || run(format!("{update} --enabled"));
        let fix = vec![unsilence(facts).unwrap_or_else(enable)];
        let queue = name_of(queue_arn);
        found.push(
            check.wrong(format!("it is {state}: events that wait in {queue} stay there"), fix),
        );
    }
    if !reports_batch_item_failures {
        found.push(check.wrong(
            "it does not ask which messages failed, so a domain that must wait counts as done",
            vec![run(format!("{update} --function-response-types ReportBatchItemFailures"))],
        ));
    }
    if *batch_size > 1 {
        found.push(check.wrong(
            format!("it hands over {batch_size} messages at once: one busy domain delays others"),
            vec![run(format!("{update} --batch-size 1"))],
        ));
    }
    if found.len() == before {
        found.push(check.ok(format!("it is {state} and reads {}", name_of(queue_arn))));
    }
}

fn recheck(facts: &Facts, found: &mut Vec<Finding>) {
    let check = Check::RecheckQueue;
    let Some(queue) = &facts.recheck else {
        if facts.guard.is_ok() {
            found.push(check.wrong(
                "there is none: what Cognito is still working on is not looked at again",
                vec![say("docs/deploy.md, \"Queues\" and \"Failed events\", makes one")],
            ));
        }
        return;
    };
    let queue = match queue {
        Ok(queue) => queue,
        Err(error) if is_absent(error) => {
            found.push(check.wrong(
                "it does not exist: what Cognito is still working on is lost",
                vec![say("deploy the stack again, or make it as in docs/deploy.md, \"Queues\"")],
            ));
            return;
        }
        Err(error) => {
            found.push(check.unknown(error));
            return;
        }
    };
    let Queue { arn, url, visibility_timeout_seconds: visibility, redrive, .. } = queue;
    let name = name_of(arn);
    let before = found.len();
    let set = format!("aws sqs set-queue-attributes {} --queue-url {url}", region_of(&facts.place));
    if let Ok(guard) = &facts.guard
        && *visibility < guard.timeout_seconds
    {
        found.push(check.wrong(
            format!(
                "{name} shows a message again after {visibility} s, while {} may be at it for {} s",
                guard.name, guard.timeout_seconds
            ),
            vec![run(format!("{set} --attributes VisibilityTimeout=60"))],
        ));
    }
    let Some(redrive) = redrive else {
        found.push(check.wrong(
            format!("{name} has no dead-letter queue: what never settles vanishes in silence"),
            vec![say("docs/deploy.md, \"Queues\", has its RedrivePolicy")],
        ));
        return;
    };
    if redrive.receives * visibility < LONGEST_WAIT_SECONDS {
        found.push(check.wrong(
            format!(
                "{name} gives up after {} of {visibility} s, and Cognito may take an hour",
                counted(redrive.receives.try_into().unwrap_or(usize::MAX), "look")
            ),
            vec![run(format!(
                "{set} --attributes '{{\"RedrivePolicy\": \
                 \"{{\\\"deadLetterTargetArn\\\": \\\"{}\\\", \\\"maxReceiveCount\\\": 90}}\"}}'",
                redrive.dead_letters
            ))],
        ));
    }
    if found.len() == before {
        found.push(check.ok(format!(
            "{name} holds {}; {} looks, {visibility} s apart",
            counted(queue.messages.try_into().unwrap_or(usize::MAX), "message"),
            redrive.receives
        )));
    }
}

fn end(facts: &Facts, leftovers: &Leftovers, found: &mut Vec<Finding>) {
    let Leftovers { kind, arn, queue } = leftovers;
    let check = match kind {
        LeftoversKind::DeadLetters => Check::DeadLetters,
        LeftoversKind::Undelivered => Check::Undelivered,
    };
    let name = name_of(arn);
    let queue = match queue {
        Ok(queue) => queue,
        Err(error) if is_absent(error) => {
            found.push(check.wrong(
                format!("{name} does not exist: what should end there is lost"),
                vec![say("deploy the stack again, or make it as in docs/deploy.md, \"Queues\"")],
            ));
            return;
        }
        Err(error) => {
            found.push(check.unknown(error));
            return;
        }
    };
    if queue.messages == 0 {
        found.push(check.ok(format!("{name} is empty")));
        return;
    }
    let region = region_of(&facts.place);
    let messages = counted(queue.messages.try_into().unwrap_or(usize::MAX), "message");
    let waits = if queue.messages == 1 { "waits" } else { "wait" };
    let read = run(format!(
        "aws sqs receive-message {region} --queue-url {} --max-number-of-messages 10 \
         --visibility-timeout 0 --query 'Messages[].Body' --output text",
        queue.url
    ));
    let (what, fix) = match kind {
        LeftoversKind::DeadLetters => {
            let to = facts.recheck.iter().flatten().next().map_or("RECHECK-QUEUE-ARN", |q| &q.arn);
            (
                format!(
                    "{messages} {waits} in {name}: events that did not settle, or failed sweeps"
                ),
                vec![
                    say("read why, fix the cause, then put them back for more looks"),
                    read,
                    run(format!(
                        "aws sqs start-message-move-task {region} --source-arn {arn} \
                         --destination-arn {to}"
                    )),
                ],
            )
        }
        LeftoversKind::Undelivered => (
            format!(
                "{messages} {waits} in {name}: EventBridge could not call the function, or could not \
                 publish a change to the guard"
            ),
            vec![
                say("fix what the checks above say, then purge it: sweeps have looked meanwhile"),
                read,
                run(format!("aws sqs purge-queue {region} --queue-url {}", queue.url)),
            ],
        ),
    };
    found.push(check.wrong(what, fix));
}
