# What the code of each function calls: one document for each, named after it. A test in tests/ holds these actions
# against the calls of the SDK in the code, both ways.

locals {
  code_policies = {
    ingest  = data.aws_iam_policy_document.ingest.json
    sweep   = data.aws_iam_policy_document.sweep.json
    changes = data.aws_iam_policy_document.changes.json
    notify  = data.aws_iam_policy_document.notify.json
  }

  secret_references = toset([for at in local.settings : at.text if at.type == "secret" && at.text != null])
  parameter_names   = [for reference in local.secret_references : trimprefix(reference, "ssm:") if startswith(reference, "ssm:")]
  secret_ids        = [for reference in local.secret_references : trimprefix(reference, "secretsmanager:") if startswith(reference, "secretsmanager:")]

  parameter_arn_base = "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter"
  secret_arn_base    = "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret"
  parameter_arns = concat(
    [for name in local.parameter_names : "${local.parameter_arn_base}${name}"],
    # Secrets of Secrets Manager are read by way of Parameter Store, under this name.
    [for id in local.secret_ids : "${local.parameter_arn_base}/aws/reference/secretsmanager/${id}"],
  )
  # A secret's ARN ends with six characters that Secrets Manager makes up, so a name leads to a pattern.
  secret_arns = [for id in local.secret_ids : startswith(id, "arn:") ? id : "${local.secret_arn_base}:${id}-??????"]
  topic_arns  = concat([aws_sns_topic.alerts.arn], sort(tolist(toset([for at in local.settings : at.text if at.type == "topic" && at.text != null]))))
}

data "aws_iam_policy_document" "ingest" {
  statement {
    # Query is for an evaluation of the open minute at minutes that are not closed yet, whose incidents are put.
    sid       = "MergeWindowsAndGlance"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.this.arn]
  }
}

data "aws_iam_policy_document" "sweep" {
  statement {
    sid       = "JudgeMinutes"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
    resources = [aws_dynamodb_table.this.arn]
  }
}

data "aws_iam_policy_document" "changes" {
  statement {
    sid       = "RememberChanges"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.this.arn]
  }
}

data "aws_iam_policy_document" "notify" {
  #checkov:skip=CKV_AWS_356:cloudwatch:GetMetricData knows no resources; the rest is scoped
  statement {
    sid       = "ReadStoryAndRememberDeliveries"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
    resources = [aws_dynamodb_table.this.arn]
  }

  statement {
    # CloudWatch has no resources to name for reading metrics.
    sid       = "ReadRelatedMetrics"
    actions   = ["cloudwatch:GetMetricData"]
    resources = ["*"]
  }

  statement {
    sid       = "Tell"
    actions   = ["sns:Publish"]
    resources = local.topic_arns
  }

  statement {
    sid       = "EncryptWhatIsTold"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = concat([local.topic_key_arn], var.secret_key_arns)
  }

  dynamic "statement" {
    for_each = length(local.parameter_arns) == 0 ? [] : [local.parameter_arns]
    content {
      sid       = "ReadSecretsOfChannels"
      actions   = ["ssm:GetParameter"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.secret_arns) == 0 ? [] : [local.secret_arns]
    content {
      sid       = "ReadSecretsBehindParameters"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }
}
