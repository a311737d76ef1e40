"""A stack of an older release, updated while an event waits in its recheck queue."""

import json

from .world import DOMAIN, ROOT, equal, until

OLDER = ROOT / "tests" / "upgrade"


def waits_through(world, version, built):
    """What the older release left in the queue is looked at by the new one, and settles."""
    floor, older = world.policy(), OLDER / version
    recorded = (older / "recheck.json").read_text()
    incident = json.loads(recorded)["requestPayload"]["detail"]["eventID"]
    pool = json.loads(recorded)["requestPayload"]["detail"]["requestParameters"]["userPoolId"]
    template = world.work / "older.yaml"
    text = (older / "template.yaml").read_text().replace("CodeUri: . ", f"CodeUri: {built / 'GuardFunction'} ")
    template.write_text(text.replace("ContentUri: baseline/ ", f"ContentUri: {built / 'baseline'} "))
    world.deploy(template, CreateAlarmTopic=None)  # 0.1.0 had one topic
    queue = world.outputs["RecheckQueue"]
    (source,) = world.awslambda.list_event_source_mappings(FunctionName=world.guard)["EventSourceMappings"]
    with world.events_off():
        world.change()
        # The release before must not read it: it has the present code already, since nobody builds old code for this.
        world.awslambda.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
        world.sqs.send_message(QueueUrl=queue, MessageBody=recorded.replace(pool, world.pool), DelaySeconds=0)
        world.deploy(built / "template.yaml")
        world.subscribe()
        world.read_notices().clear()  # of the stack before
        equal(world.outputs["RecheckQueue"], queue, "the recheck queue after the update")
        equal((world.policy(), world.waiting(queue)), ("TLS_V1", 1), "the policy and the waiting messages after the update")
        world.awslambda.update_event_source_mapping(UUID=source["UUID"], Enabled=True)
        world.becomes(floor)
        until("an empty recheck queue", lambda: world.waiting(queue) == 0)
    record = world.notice("reverted", domain=DOMAIN)
    equal((record["incident"], world.kinds()), (incident, ["reverted"]), "the incident, and the notices")
    equal(world.waiting(world.outputs["DeadLetterQueue"]), 0, "the dead letters")
