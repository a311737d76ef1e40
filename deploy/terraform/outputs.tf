# Written by scripts/check-terraform --write, from template.yaml.

output "stack_id" {
  description = "The stack, which `guardctl doctor --stack` and the AWS CLI take."
  value       = aws_cloudformation_stack.guard.id
}

output "notice_topic" {
  description = "The topic for notices. Subscribe whoever should hear."
  value       = aws_cloudformation_stack.guard.outputs["NoticeTopic"]
}

output "alarm_topic" {
  description = "The topic for alarms and for changes to the guard itself. Subscribe whoever should hear."
  value       = aws_cloudformation_stack.guard.outputs["AlarmTopic"]
}

output "guard_function" {
  description = "The function that answers events."
  value       = aws_cloudformation_stack.guard.outputs["GuardFunction"]
}

output "sweep_function" {
  description = "The function that sweeps; invoke it to sweep at once."
  value       = aws_cloudformation_stack.guard.outputs["SweepFunction"]
}

output "guard_role" {
  description = "Whose calls are the guard's own."
  value       = aws_cloudformation_stack.guard.outputs["GuardRole"]
}

output "recheck_queue" {
  description = "RecheckQueue of the stack."
  value       = aws_cloudformation_stack.guard.outputs["RecheckQueue"]
}

output "dead_letter_queue" {
  description = "DeadLetterQueue of the stack."
  value       = aws_cloudformation_stack.guard.outputs["DeadLetterQueue"]
}

output "undelivered_queue" {
  description = "UndeliveredQueue of the stack."
  value       = aws_cloudformation_stack.guard.outputs["UndeliveredQueue"]
}

output "domain_change_rule" {
  description = "DomainChangeRule of the stack."
  value       = aws_cloudformation_stack.guard.outputs["DomainChangeRule"]
}

output "redrive_command" {
  description = "Puts dead letters back for 90 more looks."
  value       = aws_cloudformation_stack.guard.outputs["RedriveCommand"]
}

output "on_call_policy" {
  description = "For the people on call, who may allow something or pause the guard."
  value       = aws_cloudformation_stack.guard.outputs["OnCallPolicy"]
}

output "overrides_path" {
  description = "Below it are the overrides, one SSM parameter each (guardctl allow, guardctl pause)."
  value       = aws_cloudformation_stack.guard.outputs["OverridesPath"]
}

output "override_max_hours" {
  description = "OverrideMaxHours of the stack."
  value       = aws_cloudformation_stack.guard.outputs["OverrideMaxHours"]
}

output "guard_logs" {
  description = "GuardLogs of the stack."
  value       = aws_cloudformation_stack.guard.outputs["GuardLogs"]
}

output "sweep_logs" {
  description = "SweepLogs of the stack."
  value       = aws_cloudformation_stack.guard.outputs["SweepLogs"]
}

output "organization_sweep" {
  description = "The state machine that sweeps the organization; start it with an empty input to sweep at once."
  value       = lookup(aws_cloudformation_stack.guard.outputs, "OrganizationSweep", null)
}

output "member_parameters" {
  description = "What the StackSet of member.yaml gets, as the AWS CLI's --parameters."
  value       = lookup(aws_cloudformation_stack.guard.outputs, "MemberParameters", null)
}
