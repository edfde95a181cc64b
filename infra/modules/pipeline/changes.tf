# ECS events to `changes`, a tick a minute to `sweep`.

resource "aws_cloudwatch_event_rule" "changes" {
  name        = "${var.name}-changes"
  description = "Deployments of ECS services, what ECS says of them, and tasks that stopped."
  event_pattern = jsonencode({
    source = ["aws.ecs"]
    "$or" = [
      { "detail-type" = ["ECS Deployment State Change", "ECS Service Action"] },
      { "detail-type" = ["ECS Task State Change"], detail = { lastStatus = ["STOPPED"] } },
    ]
  })
}

resource "aws_cloudwatch_event_target" "changes" {
  rule      = aws_cloudwatch_event_rule.changes.name
  target_id = "changes"
  arn       = aws_lambda_alias.live["changes"].arn

  # What EventBridge cannot hand over, as when the function is throttled for a day.
  dead_letter_config {
    arn = aws_sqs_queue.failures.arn
  }

  depends_on = [aws_lambda_permission.events, aws_sqs_queue_policy.failures]
}

resource "aws_cloudwatch_event_rule" "sweep" {
  name                = "${var.name}-sweep"
  description         = "A tick a minute: closes minutes, sees missing requests, resolves incidents."
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "sweep" {
  rule      = aws_cloudwatch_event_rule.sweep.name
  target_id = "sweep"
  arn       = aws_lambda_alias.live["sweep"].arn

  # A tick that could not be handed over is worth nothing a minute later.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 1
  }

  depends_on = [aws_lambda_permission.events]
}

resource "aws_lambda_permission" "events" {
  for_each = {
    changes = aws_cloudwatch_event_rule.changes.arn
    sweep   = aws_cloudwatch_event_rule.sweep.arn
  }

  statement_id   = "events"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this[each.key].function_name
  qualifier      = aws_lambda_alias.live[each.key].name
  principal      = "events.amazonaws.com"
  source_account = local.account
  source_arn     = each.value
}
