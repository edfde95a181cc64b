# Atalaya in the account `dev`: the same module as everywhere, in this account's size.

module "pipeline" {
  source = "../../modules/pipeline"

  name         = var.name
  environment  = "dev"
  config       = coalesce(var.config, "${path.module}/atalaya.yaml")
  packages     = var.packages
  architecture = var.architecture

  alarm_actions   = var.alarm_actions
  kms_key_arn     = var.kms_key_arn
  pinned_versions = var.pinned_versions

  # Small, forgetful, and easy to throw away.
  functions = {
    ingest = { memory = 256 }
    sweep  = { memory = 256 }
  }
  log_retention_days  = 7
  deletion_protection = false
  # A service in dev may sleep.
  dead_man = null

  kinesis              = var.kinesis
  function_environment = var.function_environment
  composite_alarm      = var.composite_alarm
  saved_queries        = var.saved_queries
  failed_events        = var.failed_events
}
