# The table's stream to `notify`, and the topic that gets every message.

resource "aws_lambda_event_source_mapping" "incidents" {
  event_source_arn  = aws_dynamodb_table.this.stream_arn
  function_name     = aws_lambda_alias.live["notify"].arn
  starting_position = "TRIM_HORIZON"
  batch_size        = 10
  # An incident is one item (`G#all`), and its updates come in order within its shard.
  function_response_types        = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error = true
  # A receiver that is down for an hour is told when it is back.
  maximum_retry_attempts        = 100
  maximum_record_age_in_seconds = 6 * 3600

  filter_criteria {
    filter {
      pattern = jsonencode({
        eventName = ["INSERT", "MODIFY"]
        dynamodb  = { Keys = { PK = { S = [{ prefix = "G#" }] } } }
      })
    }
  }

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.failures.arn
    }
  }

  depends_on = [aws_iam_role_policy.source]
}

# A key of the module's own, unless one is given: alarms cannot publish to a topic under the key that AWS keeps for SNS.
data "aws_iam_policy_document" "topic_key" {
  #checkov:skip=CKV_AWS_109:A key's policy names the key itself by `*`; the account's administrators must keep hold of it
  #checkov:skip=CKV_AWS_111:As above
  #checkov:skip=CKV_AWS_356:As above
  statement {
    sid       = "AccountAdministersTheKey"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "AlarmsPublish"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_kms_key" "topic" {
  count = var.kms_key_arn == null ? 1 : 0

  description             = "Messages of ${var.name} on their way through SNS"
  enable_key_rotation     = true
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.topic_key.json

  depends_on = [terraform_data.settings]
}

locals {
  topic_key_arn = var.kms_key_arn == null ? aws_kms_key.topic[0].arn : var.kms_key_arn
}

resource "aws_sns_topic" "alerts" {
  name              = "${var.name}-alerts"
  display_name      = "Atalaya"
  kms_master_key_id = local.topic_key_arn
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.topic.json
}
