"""The same calls with boto3, on a loop that asks the Runtime API by itself: less than what Lambda's own Python runtime does."""

import http.client
import json
import os

import boto3

INVOCATION = "/2018-06-01/runtime/invocation"
cognito = boto3.client("cognito-idp")
sns = boto3.client("sns")


def handler(event):
    name = event["detail"]["requestParameters"]["domain"]
    domain = cognito.describe_user_pool_domain(Domain=name)["DomainDescription"]
    config = domain["CustomDomainConfig"]
    if config.get("SecurityPolicy") == "TLS_V1_3_2025":
        outcome = "in_sync"
    else:
        cognito.update_user_pool_domain(
            Domain=name,
            UserPoolId=domain["UserPoolId"],
            ManagedLoginVersion=domain["ManagedLoginVersion"],
            CustomDomainConfig={**config, "SecurityPolicy": "TLS_V1_3_2025"},
            Routing=domain["Routing"],
        )
        outcome = "reverted"
        sns.publish(TopicArn=os.environ["NOTICE_TOPIC_ARN"], Subject=outcome, Message=json.dumps({"domain": name, "outcome": outcome}))
    print(json.dumps({"level": "INFO", "domain": name, "outcome": outcome}), flush=True)
    return {"outcome": outcome}


def main():
    lambda_ = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        lambda_.request("GET", f"{INVOCATION}/next")
        invocation = lambda_.getresponse()
        event = json.loads(invocation.read())
        answer = json.dumps(handler(event))
        lambda_.request("POST", f"{INVOCATION}/{invocation.headers['Lambda-Runtime-Aws-Request-Id']}/response", answer)
        lambda_.getresponse().read()


if __name__ == "__main__":
    main()
