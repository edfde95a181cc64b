# The four functions: their log groups, code, versions, and the alias through which everything calls them.

locals {
  own_environment = {
    ingest  = {}
    sweep   = {}
    changes = {}
    notify = merge(
      { ATALAYA_TOPIC = aws_sns_topic.alerts.arn },
      var.environment == null ? {} : { ATALAYA_ENVIRONMENT = var.environment },
    )
  }

  zips = { for function in keys(var.functions) : function =>
    var.packages.folder == null ? null : "${var.packages.folder}/${var.architecture}/${function}.zip"
  }
}

# Created before the functions: Lambda would create one that keeps everything for ever.
resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts by itself; kms_key_arn sets a key of one's own
  #checkov:skip=CKV_AWS_338:What is worth a year is in the table; the functions' own lines are for faults, and log_retention_days can be 365
  for_each = var.functions

  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn

  depends_on = [terraform_data.settings]
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_117:The functions call AWS and public HTTPS receivers only; in a VPC they would need paid endpoints and a NAT for the same
  #checkov:skip=CKV_AWS_272:Zips are pinned by checksum (folder) or by an immutable version (bucket); code signing is the release pipeline's choice
  #checkov:skip=CKV_AWS_173:The environment holds names and no secret
  #checkov:skip=CKV_AWS_115:Reserving is a choice by function (var.functions), as it takes from the account's limit; a new account's may be too low to reserve any
  #checkov:skip=CKV_AWS_50:Tracing is a switch (var.tracing)
  #checkov:skip=CKV_AWS_116:Failures go to the destination of the alias (failures.tf), which holds more than a dead-letter queue would
  for_each = var.functions

  function_name = "${var.name}-${each.key}"
  description   = "Atalaya: ${each.key}"
  role          = aws_iam_role.function[each.key].arn
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  architectures = [var.architecture]
  memory_size   = each.value.memory
  timeout       = each.value.timeout
  # Each change of code or settings is a version of its own, so that rolling back is moving the alias.
  publish                        = true
  reserved_concurrent_executions = coalesce(each.value.concurrency, -1)
  kms_key_arn                    = var.kms_key_arn

  filename         = local.zips[each.key]
  source_code_hash = try(filebase64sha256(local.zips[each.key]), null)
  s3_bucket        = var.packages.bucket
  s3_key           = var.packages.bucket == null ? null : "${var.packages.version}/${var.architecture}/${each.key}.zip"

  environment {
    variables = merge(
      { ATALAYA_TABLE = aws_dynamodb_table.this.name },
      local.own_environment[each.key],
      var.function_environment,
    )
  }

  # Text: each line of stdout stays one log event, from which CloudWatch takes the metrics (docs/decisions.md).
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  dynamic "dead_letter_config" {
    for_each = !local.by_destination && contains(local.called_asynchronously, each.key) ? [aws_sqs_queue.failures.arn] : []
    content {
      target_arn = dead_letter_config.value
    }
  }

  lifecycle {
    precondition {
      condition     = local.zips[each.key] == null ? true : fileexists(local.zips[each.key])
      error_message = "There is no ${coalesce(local.zips[each.key], "zip")}: build the packages for ${var.architecture} (docs/deploy.md), or set `architecture`."
    }
  }

  # A function without its permissions would fail with its first event.
  depends_on = [
    aws_iam_role_policy.code,
    aws_iam_role_policy.runtime,
    aws_iam_role_policy.source,
    aws_iam_role_policy.key,
  ]
}

resource "aws_lambda_alias" "live" {
  for_each = var.functions

  name             = "live"
  description      = "What everything calls; an older version here is a roll back."
  function_name    = aws_lambda_function.this[each.key].function_name
  function_version = lookup(var.pinned_versions, each.key, aws_lambda_function.this[each.key].version)
}
