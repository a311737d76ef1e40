# Written by scripts/check-terraform --write, from template.yaml.

locals {
  parameters = {
    NoticeTopicArn         = var.notice_topic_arn
    NoticeEmail            = var.notice_email
    NoticeHttpsForm        = var.notice_https_form
    DocsUrl                = var.docs_url
    NoticeKeyArn           = var.notice_key_arn
    AlarmTopicArn          = var.alarm_topic_arn
    CreateAlarmTopic       = var.create_alarm_topic == null ? null : tostring(var.create_alarm_topic)
    AlarmEmail             = var.alarm_email
    OrganizationId         = var.organization_id
    OrganizationRegions    = var.organization_regions == null ? null : join(",", var.organization_regions)
    ExcludedAccounts       = var.excluded_accounts == null ? null : join(",", var.excluded_accounts)
    ExcludedUnits          = var.excluded_units == null ? null : join(",", var.excluded_units)
    OrganizationAccounts   = var.organization_accounts == null ? null : join(",", var.organization_accounts)
    OrganizationSweepLimit = var.organization_sweep_limit == null ? null : tostring(var.organization_sweep_limit)
    AccountSweepLimit      = var.account_sweep_limit == null ? null : tostring(var.account_sweep_limit)
    SweepConcurrency       = var.sweep_concurrency == null ? null : tostring(var.sweep_concurrency)
    UserPoolKeyArns        = var.user_pool_key_arns == null ? null : join(",", var.user_pool_key_arns)
    DenyOwnDistributions   = var.deny_own_distributions == null ? null : tostring(var.deny_own_distributions)
    PermissionsBoundaryArn = var.permissions_boundary_arn
    BaselineRevision       = var.baseline_revision
    Architecture           = var.architecture
    MemorySize             = var.memory_size == null ? null : tostring(var.memory_size)
    RuleState              = var.rule_state
    SweepIntervalMinutes   = var.sweep_interval_minutes == null ? null : tostring(var.sweep_interval_minutes)
    SweepMissedAfterHours  = var.sweep_missed_after_hours == null ? null : tostring(var.sweep_missed_after_hours)
    SweepRequestsPerSecond = var.sweep_requests_per_second == null ? null : tostring(var.sweep_requests_per_second)
    SweepLimit             = var.sweep_limit == null ? null : tostring(var.sweep_limit)
    OverrideMaxHours       = var.override_max_hours == null ? null : tostring(var.override_max_hours)
    DriftLastsMinutes      = var.drift_lasts_minutes == null ? null : tostring(var.drift_lasts_minutes)
    LogRetentionDays       = var.log_retention_days == null ? null : tostring(var.log_retention_days)
    RetainLogs             = var.retain_logs == null ? null : tostring(var.retain_logs)
    LogKeyArn              = var.log_key_arn
    QueueKeyArn            = var.queue_key_arn
    CreateDashboard        = var.create_dashboard == null ? null : tostring(var.create_dashboard)
    CreateContestedAlarm   = var.create_contested_alarm == null ? null : tostring(var.create_contested_alarm)
  }
}
