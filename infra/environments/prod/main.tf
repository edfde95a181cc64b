# Atalaya in the account `prod`: the same module as everywhere, in this account's size.

module "pipeline" {
  source = "../../modules/pipeline"

  name         = var.name
  environment  = "prod"
  config       = coalesce(var.config, "${path.module}/atalaya.yaml")
  packages     = var.packages
  architecture = var.architecture

  alarm_actions   = var.alarm_actions
  kms_key_arn     = var.kms_key_arn
  pinned_versions = var.pinned_versions

  # A flood in one place must not take the account's whole concurrency, nor find none left.
  functions = {
    ingest = { memory = 1024, concurrency = 50 }
    sweep  = { memory = 1024, concurrency = 2 }
    notify = { memory = 512, concurrency = 5 }
  }
  log_retention_days = 90
  dead_man           = { after_minutes = 15 }
}
