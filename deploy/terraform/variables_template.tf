# Written by scripts/check-terraform --write, from template.yaml.

variable "notice_topic_arn" {
  type        = string
  default     = null
  description = "An existing standard SNS topic of this region for notices, with a policy of its own. Empty creates one."

  validation {
    condition     = var.notice_topic_arn == null ? true : can(regex("^(arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256})?$", var.notice_topic_arn))
    error_message = "notice_topic_arn does not have the form that the template wants (^(arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256})?$)."
  }
}

variable "notice_email" {
  type        = string
  default     = null
  description = "Optional e-mail address to subscribe to the topic. SNS sends a confirmation that must be accepted."

  validation {
    condition     = var.notice_email == null ? true : can(regex("^([^\\s@]+@[^\\s@]+)?$", var.notice_email))
    error_message = "notice_email does not have the form that the template wants (^([^\\s@]+@[^\\s@]+)?$)."
  }
}

variable "notice_https_form" {
  type        = string
  default     = null
  description = "What https subscribers get, the schema of Amazon Q Developer in chat applications, or the record that systems read. The template's default is chat."

  validation {
    condition     = var.notice_https_form == null ? true : contains(["chat", "record"], var.notice_https_form)
    error_message = "notice_https_form must be one of chat, record."
  }
}

variable "docs_url" {
  type        = string
  default     = null
  description = "Where the folder docs of this version is published, such as https://github.com/ORG/cognito-domain-guard/blob/main/docs. Critical notices link to its operate.md. Empty names the file and the heading."

  validation {
    condition     = var.docs_url == null ? true : can(regex("^(https://[A-Za-z0-9][-._~/:@%+A-Za-z0-9]{0,191})?$", var.docs_url))
    error_message = "docs_url does not have the form that the template wants (^(https://[A-Za-z0-9][-._~/:@%+A-Za-z0-9]{0,191})?$)."
  }
}

variable "notice_key_arn" {
  type        = string
  default     = null
  description = "Optional customer managed KMS key of the topics, new or existing. Its key policy must let CloudWatch and EventBridge use it (docs/permissions.md)."

  validation {
    condition     = var.notice_key_arn == null ? true : can(regex("^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$", var.notice_key_arn))
    error_message = "notice_key_arn does not have the form that the template wants (^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$)."
  }
}

variable "alarm_topic_arn" {
  type        = string
  default     = null
  description = "An existing topic for alarms, and for changes to the guard itself."

  validation {
    condition     = var.alarm_topic_arn == null ? true : can(regex("^(arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256})?$", var.alarm_topic_arn))
    error_message = "alarm_topic_arn does not have the form that the template wants (^(arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256})?$)."
  }
}

variable "create_alarm_topic" {
  type        = bool
  default     = null
  description = "Create a second topic for them. Without one they go to the topic for notices. The template's default is false."
}

variable "alarm_email" {
  type        = string
  default     = null
  description = "Optional e-mail address to subscribe to the second topic. It creates one, unless AlarmTopicArn is given."

  validation {
    condition     = var.alarm_email == null ? true : can(regex("^([^\\s@]+@[^\\s@]+)?$", var.alarm_email))
    error_message = "alarm_email does not have the form that the template wants (^([^\\s@]+@[^\\s@]+)?$)."
  }
}

variable "organization_id" {
  type        = string
  default     = null
  description = "The id of the AWS organization whose accounts are guarded. Empty guards this account and region only."

  validation {
    condition     = var.organization_id == null ? true : can(regex("^(o-[a-z0-9]{10,32})?$", var.organization_id))
    error_message = "organization_id does not have the form that the template wants (^(o-[a-z0-9]{10,32})?$)."
  }
}

variable "organization_regions" {
  type        = list(string)
  default     = null
  description = "The regions that are guarded in each account. This one always is. Events of any other region are ignored."
}

variable "excluded_accounts" {
  type        = list(string)
  default     = null
  description = "Accounts of the organization that are left alone. Their events are ignored, and no sweep looks at them."
}

variable "excluded_units" {
  type        = list(string)
  default     = null
  description = "Organizational units (ou-...) that are left alone, with all below them. The bus takes none of their events, and no sweep looks at their accounts."
}

variable "organization_accounts" {
  type        = list(string)
  default     = null
  description = "The accounts that the sweep looks at, where Organizations is not to be asked for them. Empty asks it. Events are taken from every account of the organization."
}

variable "organization_sweep_limit" {
  type        = number
  default     = null
  description = "Domains that one sweep of the organization may put back, in accounts that are within AccountSweepLimit. If more are off the baseline at once, it puts back none of them and sends a critical notice with the command that approves them. 0 is no limit. The template's default is 10."

  validation {
    condition     = var.organization_sweep_limit == null ? true : var.organization_sweep_limit >= 0
    error_message = "organization_sweep_limit must be >= 0."
  }
}

variable "account_sweep_limit" {
  type        = number
  default     = null
  description = "Domains of one account that a sweep of the organization may put back. An account with more is held back alone, and does not count in OrganizationSweepLimit. 0 is no limit. The template's default is 3."

  validation {
    condition     = var.account_sweep_limit == null ? true : var.account_sweep_limit >= 0
    error_message = "account_sweep_limit must be >= 0."
  }
}

variable "sweep_concurrency" {
  type        = number
  default     = null
  description = "How many batches of accounts the sweep of the organization looks at at once. The template's default is 5."

  validation {
    condition     = var.sweep_concurrency == null ? true : var.sweep_concurrency >= 1
    error_message = "sweep_concurrency must be >= 1."
  }

  validation {
    condition     = var.sweep_concurrency == null ? true : var.sweep_concurrency <= 40
    error_message = "sweep_concurrency must be <= 40."
  }
}

variable "user_pool_key_arns" {
  type        = list(string)
  default     = null
  description = "Customer managed KMS keys of user pools, if any pool has one."
}

variable "deny_own_distributions" {
  type        = bool
  default     = null
  description = "Untried, and it may stop every revert of a custom domain. Deny the role cloudfront:UpdateDistribution on this account's own distributions. The template's default is false."
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "Optional permissions boundary for the role, where an organization demands one."
}

variable "baseline_revision" {
  type        = string
  default     = null
  description = "Optional git revision of the baseline, such as the output of `git describe --always --dirty`. Notices, reports and log lines name it beside the file's digest."

  validation {
    condition     = var.baseline_revision == null ? true : can(regex("^[A-Za-z0-9._/+~^-]{0,64}$", var.baseline_revision))
    error_message = "baseline_revision does not have the form that the template wants (^[A-Za-z0-9._/+~^-]{0,64}$)."
  }
}

variable "architecture" {
  type        = string
  default     = null
  description = "Must be the architecture that the binary was built for. The template's default is arm64."

  validation {
    condition     = var.architecture == null ? true : contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be one of arm64, x86_64."
  }
}

variable "memory_size" {
  type        = number
  default     = null
  description = "Memory in MB, and with it the share of a CPU. The template's default is 128."

  validation {
    condition     = var.memory_size == null ? true : var.memory_size >= 128
    error_message = "memory_size must be >= 128."
  }

  validation {
    condition     = var.memory_size == null ? true : var.memory_size <= 1024
    error_message = "memory_size must be <= 1024."
  }
}

variable "rule_state" {
  type        = string
  default     = null
  description = "DISABLED takes the whole guard out of service (events, rechecks and sweeps) and keeps what is queued. The template's default is ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS."

  validation {
    condition     = var.rule_state == null ? true : contains(["ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "ENABLED", "DISABLED"], var.rule_state)
    error_message = "rule_state must be one of ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, ENABLED, DISABLED."
  }
}

variable "sweep_interval_minutes" {
  type        = number
  default     = null
  description = "Minutes between two looks at every domain; 1 is not allowed. Keep it longer than the sweep's 15 minutes. The template's default is 60."

  validation {
    condition     = var.sweep_interval_minutes == null ? true : var.sweep_interval_minutes >= 2
    error_message = "sweep_interval_minutes must be >= 2."
  }

  validation {
    condition     = var.sweep_interval_minutes == null ? true : var.sweep_interval_minutes <= 1440
    error_message = "sweep_interval_minutes must be <= 1440."
  }
}

variable "sweep_missed_after_hours" {
  type        = number
  default     = null
  description = "Hours without a finished sweep that raise the alarm. Raise it with a longer SweepIntervalMinutes. The template's default is 3."

  validation {
    condition     = var.sweep_missed_after_hours == null ? true : var.sweep_missed_after_hours >= 1
    error_message = "sweep_missed_after_hours must be >= 1."
  }

  validation {
    condition     = var.sweep_missed_after_hours == null ? true : var.sweep_missed_after_hours <= 168
    error_message = "sweep_missed_after_hours must be <= 168."
  }
}

variable "sweep_requests_per_second" {
  type        = number
  default     = null
  description = "Cognito requests a second that a sweep may make. The template's default is 8."

  validation {
    condition     = var.sweep_requests_per_second == null ? true : var.sweep_requests_per_second >= 1
    error_message = "sweep_requests_per_second must be >= 1."
  }

  validation {
    condition     = var.sweep_requests_per_second == null ? true : var.sweep_requests_per_second <= 15
    error_message = "sweep_requests_per_second must be <= 15."
  }
}

variable "sweep_limit" {
  type        = number
  default     = null
  description = "Domains that one sweep may put back. If more are off the baseline at once, it puts back none and sends a critical notice with the command that approves them. 0 is no limit. The template's default is 0."

  validation {
    condition     = var.sweep_limit == null ? true : var.sweep_limit >= 0
    error_message = "sweep_limit must be >= 0."
  }
}

variable "override_max_hours" {
  type        = number
  default     = null
  description = "Hours after its making by which an override has ended (guardctl allow, guardctl pause). One that would last longer does not count; what should last longer belongs in the baseline. The template's default is 72."

  validation {
    condition     = var.override_max_hours == null ? true : var.override_max_hours >= 1
    error_message = "override_max_hours must be >= 1."
  }

  validation {
    condition     = var.override_max_hours == null ? true : var.override_max_hours <= 168
    error_message = "override_max_hours must be <= 168."
  }
}

variable "drift_lasts_minutes" {
  type        = number
  default     = null
  description = "Minutes that a domain may be off its baseline before the alarm drift-lasts says so. The template's default is 30."

  validation {
    condition     = var.drift_lasts_minutes == null ? true : contains([10, 15, 20, 30, 45, 60, 75], var.drift_lasts_minutes)
    error_message = "drift_lasts_minutes must be one of 10, 15, 20, 30, 45, 60, 75."
  }
}

variable "log_retention_days" {
  type        = number
  default     = null
  description = "LogRetentionDays of the template. The template's default is 90."

  validation {
    condition     = var.log_retention_days == null ? true : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "retain_logs" {
  type        = bool
  default     = null
  description = "Keep the logs when the stack is deleted. Changing it later starts new log groups. The template's default is false."
}

variable "log_key_arn" {
  type        = string
  default     = null
  description = "Optional customer managed KMS key of the log groups. Key policy in docs/permissions.md."

  validation {
    condition     = var.log_key_arn == null ? true : can(regex("^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$", var.log_key_arn))
    error_message = "log_key_arn does not have the form that the template wants (^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$)."
  }
}

variable "queue_key_arn" {
  type        = string
  default     = null
  description = "Optional customer managed KMS key of the queues. Key policy in docs/permissions.md."

  validation {
    condition     = var.queue_key_arn == null ? true : can(regex("^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$", var.queue_key_arn))
    error_message = "queue_key_arn does not have the form that the template wants (^(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$)."
  }
}

variable "create_dashboard" {
  type        = bool
  default     = null
  description = "A dashboard costs 3 USD a month beyond an account's first three. Say false where there are many guards. The template's default is true."
}

variable "create_contested_alarm" {
  type        = bool
  default     = null
  description = "The alarms contested and foreign-changes are Metrics Insights queries. Say false where these do not exist. The template's default is true."
}
