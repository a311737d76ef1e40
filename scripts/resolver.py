"""A template as CloudFormation would see it, for scripts/check-template."""

import re


class Resolver:
    """The template as CloudFormation would see it with these parameters: intrinsic functions replaced by values made up for them."""

    PSEUDO = {
        "AWS::AccountId": "111122223333",
        "AWS::Partition": "aws",
        "AWS::Region": "eu-central-1",
        "AWS::StackId": "arn:aws:cloudformation:eu-central-1:111122223333:stack/cognito-domain-guard/00000000-0000-4000-8000-000000000002",
        "AWS::StackName": "cognito-domain-guard",
        "AWS::URLSuffix": "amazonaws.com",
    }
    ABSENT = object()

    def __init__(self, template, given):
        self.template = template
        self.parameters = {}
        for name, parameter in template.get("Parameters", {}).items():
            value = given.get(name, parameter.get("Default", ""))
            self.parameters[name] = value.split(",") if parameter["Type"] == "CommaDelimitedList" else value

    def resources(self):
        kept = {n: r for n, r in self.template["Resources"].items() if self.holds(r.get("Condition"))}
        return {name: self.value(resource) for name, resource in kept.items()}

    def holds(self, condition):
        return True if condition is None else self.value(self.template["Conditions"][condition])

    def arn(self, name):
        kind = self.template["Resources"][name]["Type"]
        service, path = {
            "AWS::IAM::Role": ("iam::111122223333", "role/"),
            "AWS::Lambda::Function": ("lambda:eu-central-1:111122223333", "function:"),
            "AWS::SQS::Queue": ("sqs:eu-central-1:111122223333", ""),
            "AWS::SNS::Topic": ("sns:eu-central-1:111122223333", ""),
            "AWS::Events::Rule": ("events:eu-central-1:111122223333", "rule/"),
            "AWS::Events::EventBus": ("events:eu-central-1:111122223333", "event-bus/"),
            "AWS::Logs::LogGroup": ("logs:eu-central-1:111122223333", "log-group:"),
            "AWS::StepFunctions::StateMachine": ("states:eu-central-1:111122223333", "stateMachine:"),
            "AWS::CloudWatch::Alarm": ("cloudwatch:eu-central-1:111122223333", "alarm:"),
        }[kind]
        return f"arn:aws:{service}:{path}{name}" + (":*" if kind == "AWS::Logs::LogGroup" else "")

    def reference(self, name):
        if name == "AWS::NoValue":
            return self.ABSENT
        if name in self.PSEUDO:
            return self.PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        by_arn = ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")
        return self.arn(name) if self.template["Resources"][name]["Type"] in by_arn else name

    def attribute(self, name, attribute):
        if attribute == "Value":  # of a parameter, which is here in place of a variable
            return self.value(self.template["Resources"][name]["Properties"]["Value"])
        return self.arn(name) if attribute == "Arn" else name

    def substitute(self, text, extra=None):
        def one(match):
            name = match[1]
            if extra and name in extra:
                return str(self.value(extra[name]))
            return str(self.attribute(*name.split(".", 1)) if "." in name else self.reference(name))

        return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", one, text)

    def value(self, node):
        if isinstance(node, list):
            return [v for v in map(self.value, node) if v is not self.ABSENT]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (key, argument), = node.items()
            if key == "Ref":
                return self.reference(argument)
            if key == "Condition" and isinstance(argument, str):
                return self.holds(argument)
            if key == "Fn::GetAtt":
                return self.attribute(*(argument.split(".", 1) if isinstance(argument, str) else argument))
            if key == "Fn::Sub":
                return self.substitute(*argument) if isinstance(argument, list) else self.substitute(argument)
            if key == "Fn::If":
                return self.value(argument[1] if self.holds(argument[0]) else argument[2])
            if key == "Fn::Equals":
                left, right = map(self.value, argument)
                return left == right
            if key == "Fn::Not":
                return not self.value(argument[0])
            if key == "Fn::And":
                return all(map(self.value, argument))
            if key == "Fn::Or":
                return any(map(self.value, argument))
            if key == "Fn::Join":
                return argument[0].join(self.value(argument[1]))
            if key == "Fn::Split":
                return self.value(argument[1]).split(argument[0])
            if key == "Fn::Select":
                return self.value(argument[1])[int(argument[0])]
            if key == "Fn::FindInMap":
                of, first, second = map(self.value, argument)
                return self.template["Mappings"][of][str(first)][second]
            if key.startswith("Fn::"):
                raise SystemExit(f"check-template does not know {key}; teach it")
        resolved = {key: self.value(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not self.ABSENT}
