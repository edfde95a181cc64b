# One role for each function, and what Lambda itself does in its name: logs, failures, traces, streams, keys.
#
# What the code of a function calls stands in policies.tf, and nowhere else.

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  for_each = var.functions

  name               = "${var.name}-${each.key}"
  description        = "The function ${var.name}-${each.key}."
  assume_role_policy = data.aws_iam_policy_document.trust.json

  depends_on = [terraform_data.settings]
}

resource "aws_iam_role_policy" "code" {
  for_each = local.code_policies

  name   = "code"
  role   = aws_iam_role.function[each.key].id
  policy = each.value
}

data "aws_iam_policy_document" "runtime" {
  #checkov:skip=CKV_AWS_356:X-Ray knows no resources, so its two actions stand over all; the rest is scoped
  #checkov:skip=CKV_AWS_111:As above
  for_each = var.functions

  statement {
    sid       = "WriteOwnLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }

  statement {
    sid       = "KeepWhatFailed"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failures.arn]
  }

  dynamic "statement" {
    for_each = var.tracing ? ["xray"] : []
    content {
      # X-Ray has no resources to name.
      sid       = "WriteTraces"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role_policy" "runtime" {
  for_each = var.functions

  name   = "runtime"
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.runtime[each.key].json
}

# The streams that Lambda reads for a function.
data "aws_iam_policy_document" "incident_source" {
  statement {
    sid       = "ReadIncidentStream"
    actions   = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"]
    resources = [aws_dynamodb_table.this.stream_arn]
  }

  statement {
    # A list is of the table's streams, not of one.
    sid       = "ListStreamsOfTable"
    actions   = ["dynamodb:ListStreams"]
    resources = ["${aws_dynamodb_table.this.arn}/stream/*"]
  }
}

data "aws_iam_policy_document" "log_source" {
  count = local.streams

  statement {
    sid = "ReadLogStream"
    actions = [
      "kinesis:DescribeStream",
      "kinesis:DescribeStreamSummary",
      "kinesis:GetRecords",
      "kinesis:GetShardIterator",
      "kinesis:ListShards",
    ]
    resources = [aws_kinesis_stream.logs[0].arn]
  }

  statement {
    # Lambda asks for it when the mapping is made, and a list is of no single stream.
    sid       = "ListStreamsOfAccount"
    actions   = ["kinesis:ListStreams"]
    resources = ["arn:${local.partition}:kinesis:${local.region}:${local.account}:stream/*"]
  }

  statement {
    sid       = "KeepWhatFailedWhole"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.failures[0].arn}/*"]
  }

  statement {
    sid       = "SeeFailureBucket"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.failures[0].arn]
  }
}

resource "aws_iam_role_policy" "source" {
  for_each = merge(
    { notify = data.aws_iam_policy_document.incident_source.json },
    var.kinesis == null ? {} : { ingest = data.aws_iam_policy_document.log_source[0].json },
  )

  name   = "source"
  role   = aws_iam_role.function[each.key].id
  policy = each.value
}

# A key of one's own, and then only through the services that hold what it encrypts.
data "aws_iam_policy_document" "key" {
  count = var.kms_key_arn == null ? 0 : 1

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["dynamodb", "kinesis", "lambda", "s3", "sns", "sqs"] : "${service}.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "key" {
  for_each = { for function in keys(var.functions) : function => function if var.kms_key_arn != null }

  name   = "key"
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.key[0].json
}
