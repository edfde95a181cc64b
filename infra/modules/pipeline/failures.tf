# Where goes, whole, what could not be handled. infra/redrive brings it home.

resource "aws_sqs_queue" "failures" {
  #checkov:skip=CKV_AWS_27:Encrypted by SQS, or by kms_key_arn where it is set
  name = "${var.name}-failures"
  # The longest that SQS offers: two weeks to mend what made them fail.
  message_retention_seconds = 14 * 24 * 3600
  # Longer than a redrive takes for what it received at once.
  visibility_timeout_seconds        = 900
  sqs_managed_sse_enabled           = var.kms_key_arn == null ? true : null
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_key_arn == null ? null : 300
}

# The functions send by their roles. EventBridge has none here, so it is let in for what it could not hand over.
data "aws_iam_policy_document" "failure_queue" {
  statement {
    sid       = "EventsThatFoundNoFunction"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failures.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.changes.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "failures" {
  queue_url = aws_sqs_queue.failures.url
  policy    = data.aws_iam_policy_document.failure_queue.json
}

locals {
  called_asynchronously = toset(["ingest", "sweep", "changes"])
  by_destination        = var.failed_events == "destination"
}

# Asynchronous invocations: log subscriptions, the schedule, ECS events.
resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = local.called_asynchronously

  function_name                = aws_lambda_function.this[each.key].function_name
  qualifier                    = aws_lambda_alias.live[each.key].name
  maximum_event_age_in_seconds = 21600
  maximum_retry_attempts       = 2

  dynamic "destination_config" {
    for_each = local.by_destination ? [aws_sqs_queue.failures.arn] : []
    content {
      on_failure {
        destination = destination_config.value
      }
    }
  }
}
