# The optional way for high volume and for other accounts: log groups -> stream -> `ingest`.

locals {
  streams = var.kinesis == null ? 0 : 1
}

resource "aws_kinesis_stream" "logs" {
  count = local.streams

  name             = "${var.name}-logs"
  shard_count      = var.kinesis.shards
  retention_period = var.kinesis.retention_hours
  encryption_type  = "KMS"
  # Log lines may hold what a person typed, so the stream is never in the clear.
  kms_key_id = coalesce(var.kms_key_arn, "alias/aws/kinesis")

  stream_mode_details {
    stream_mode = var.kinesis.shards == null ? "ON_DEMAND" : "PROVISIONED"
  }

  depends_on = [terraform_data.settings]
}

# CloudWatch Logs writes into the stream by this role, for this account and for those that may.
data "aws_iam_policy_document" "to_stream_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["logs.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "aws:SourceArn"
      values = [
        for account in concat([local.account], try(var.kinesis.accounts, [])) :
        "arn:${local.partition}:logs:${local.region}:${account}:*"
      ]
    }
  }
}

data "aws_iam_policy_document" "to_stream" {
  count = local.streams

  statement {
    sid       = "WriteLogs"
    actions   = ["kinesis:PutRecord", "kinesis:PutRecords"]
    resources = [aws_kinesis_stream.logs[0].arn]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn[*]
    content {
      sid       = "EncryptLogs"
      actions   = ["kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role" "to_stream" {
  count = local.streams

  name               = "${var.name}-logs-to-stream"
  description        = "CloudWatch Logs writes log events into the stream of Atalaya."
  assume_role_policy = data.aws_iam_policy_document.to_stream_trust.json
}

resource "aws_iam_role_policy" "to_stream" {
  count = local.streams

  name   = "write"
  role   = aws_iam_role.to_stream[0].id
  policy = data.aws_iam_policy_document.to_stream[0].json
}

# What log groups of other accounts are subscribed to: a stream of another account cannot be named directly.
resource "aws_cloudwatch_log_destination" "this" {
  count = try(length(var.kinesis.accounts), 0) == 0 ? 0 : 1

  name       = var.name
  role_arn   = aws_iam_role.to_stream[0].arn
  target_arn = aws_kinesis_stream.logs[0].arn

  depends_on = [aws_iam_role_policy.to_stream]
}

data "aws_iam_policy_document" "destination" {
  count = try(length(var.kinesis.accounts), 0) == 0 ? 0 : 1

  statement {
    sid       = "SubscribeFromOtherAccounts"
    actions   = ["logs:PutSubscriptionFilter"]
    resources = [aws_cloudwatch_log_destination.this[0].arn]

    principals {
      type        = "AWS"
      identifiers = var.kinesis.accounts
    }
  }
}

resource "aws_cloudwatch_log_destination_policy" "this" {
  count = try(length(var.kinesis.accounts), 0) == 0 ? 0 : 1

  destination_name = aws_cloudwatch_log_destination.this[0].name
  access_policy    = data.aws_iam_policy_document.destination[0].json
}

resource "aws_lambda_event_source_mapping" "stream" {
  count = local.streams

  event_source_arn                   = aws_kinesis_stream.logs[0].arn
  function_name                      = aws_lambda_alias.live["ingest"].arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = var.kinesis.batch_size
  maximum_batching_window_in_seconds = var.kinesis.batch_window
  parallelization_factor             = var.kinesis.parallel_per_shard
  # Only what failed comes again, in halves, so that one bad record does not hold up its neighbours.
  function_response_types        = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = 10
  # A record that is given up here is still in the bucket, whole.
  maximum_record_age_in_seconds = min(var.kinesis.retention_hours * 3600 - 3600, 604800)

  destination_config {
    on_failure {
      # Of all destinations only S3 is given the records themselves, not just their numbers.
      destination_arn = aws_s3_bucket.failures[0].arn
    }
  }

  # Counts what was put into the bucket, which the alarm `failures-in-bucket` watches.
  metrics_config {
    metrics = ["EventCount"]
  }

  depends_on = [aws_iam_role_policy.source]
}

locals {
  failure_bucket = "${var.name}-failures-${local.account}-${local.region}"
}

resource "aws_s3_bucket" "failures" {
  #checkov:skip=CKV_AWS_18:Holds only what redrive removes again; who reads it is told by CloudTrail data events
  #checkov:skip=CKV_AWS_144:A second region for batches that wait for a redrive is not worth its price
  #checkov:skip=CKV2_AWS_62:Its alarm is on the function's errors and on destination failures; an event for each object would say the same
  #checkov:skip=CKV_AWS_145:Encrypted by S3, or by kms_key_arn where it is set
  #checkov:skip=CKV_AWS_21:Objects have names that are never used twice, so nothing is overwritten; versions would keep what redrive deletes
  count = local.streams

  bucket        = local.failure_bucket
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket_public_access_block" "failures" {
  count = local.streams

  bucket                  = aws_s3_bucket.failures[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "failures" {
  count = local.streams

  bucket = aws_s3_bucket.failures[0].id

  rule {
    bucket_key_enabled = var.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "failures" {
  count = local.streams

  bucket = aws_s3_bucket.failures[0].id

  rule {
    id     = "forget"
    status = "Enabled"

    filter {}

    expiration {
      days = var.kinesis.failures_after_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
