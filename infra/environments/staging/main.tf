# Atalaya in the account `staging`: the same module as everywhere, in this account's size.

module "pipeline" {
  source = "../../modules/pipeline"

  name         = var.name
  environment  = "staging"
  config       = coalesce(var.config, "${path.module}/atalaya.yaml")
  packages     = var.packages
  architecture = var.architecture

  alarm_actions   = var.alarm_actions
  kms_key_arn     = var.kms_key_arn
  pinned_versions = var.pinned_versions

  # As prod, where a fault should show first; smaller, and with a longer patience.
  functions = {
    ingest = { memory = 512 }
  }
  log_retention_days = 14
  tracing            = true
  dead_man           = { after_minutes = 120 }
}
