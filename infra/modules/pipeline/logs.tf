# From the log groups of atalaya.yaml to `ingest`.

locals {
  through_stream = try(var.kinesis.own_log_groups, false)
}

# One permission for all log groups of this account and region. One for each group is about 350 bytes of a policy that
# may have 20 KB, so the sixtieth log group would not fit.
resource "aws_lambda_permission" "logs" {
  statement_id   = "log-groups"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this["ingest"].function_name
  qualifier      = aws_lambda_alias.live["ingest"].name
  principal      = "logs.amazonaws.com"
  source_account = local.account
  source_arn     = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:*"
}

# One filter a group, of the two that AWS allows by default: one stays free for somebody else.
resource "aws_cloudwatch_log_subscription_filter" "this" {
  for_each = local.log_groups

  name           = var.name
  log_group_name = each.value
  # All lines: what counts as a request is told by Atalaya, and a filter by words would make silence look like health.
  filter_pattern  = ""
  destination_arn = local.through_stream ? aws_kinesis_stream.logs[0].arn : aws_lambda_alias.live["ingest"].arn
  role_arn        = local.through_stream ? aws_iam_role.to_stream[0].arn : null
  # By stream: lines of a task stay in order, and a stack trace with its head.
  distribution = "ByLogStream"

  # CloudWatch Logs tries the destination when the filter is made, so it must be let in by then.
  depends_on = [
    terraform_data.settings,
    aws_lambda_permission.logs,
    aws_iam_role_policy.to_stream,
    aws_lambda_function_event_invoke_config.this,
  ]
}
