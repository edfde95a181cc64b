# The pipeline watches itself. Each alarm says what it means and what to do.

locals {
  by_function = { for function in keys(var.functions) : function => { FunctionName = "${var.name}-${function}" } }
  failures    = { QueueName = aws_sqs_queue.failures.name }

  # What is left out of an alarm: more than none, in one period of five minutes, where nothing told is nothing wrong.
  usual = { statistic = "Sum", period = 300, periods = 1, over = 0, missing = "notBreaching" }

  queue_alarms = {
    failures-waiting = merge(local.usual, {
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = local.failures, statistic = "Maximum", period = 60
      tells     = "Events could not be handled and wait in the failure queue. Nothing is lost for 14 days. Read the function's log for the cause, mend it, then run infra/redrive."
    })
    failures-old = merge(local.usual, {
      namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = local.failures, statistic = "Maximum", over = 7 * 24 * 3600
      tells     = "An event has waited in the failure queue for a week and is deleted after two. Run infra/redrive now, or copy the messages."
    })
  }

  function_alarms = merge([for function, size in var.functions : {
    "${function}-errors" = merge(local.usual, {
      namespace = "AWS/Lambda", metric = "Errors", dimensions = local.by_function[function]
      tells     = "${function} failed. Lambda tries again, then the event goes to the failure destination. Its log says why: /aws/lambda/${var.name}-${function}, level ERROR."
    })
    "${function}-throttles" = merge(local.usual, {
      namespace = "AWS/Lambda", metric = "Throttles", dimensions = local.by_function[function], periods = 3
      tells     = "${function} is throttled for 15 minutes: events wait, for six hours at most. Raise its reserved concurrency, or the account's limit."
    })
    "${function}-slow" = merge(local.usual, {
      namespace = "AWS/Lambda", metric = "Duration", dimensions = local.by_function[function], statistic = "Maximum", over = floor(size.timeout * 1000 * 0.9)
      tells     = "${function} took over nine tenths of its ${size.timeout} s, or timed out. See whether the table throttles; give it more memory, which is also more processor, or more time."
    })
  }]...)

  asynchronous_alarms = merge([for function in ["ingest", "sweep", "changes"] : {
    "${function}-dropped" = merge(local.usual, {
      namespace = "AWS/Lambda", metric = "AsyncEventsDropped", dimensions = local.by_function[function]
      tells     = "Lambda gave up events of ${function}. They are in the failure queue, unless ${function}-undelivered is in alarm too."
    })
    "${function}-undelivered" = merge(local.usual, {
      namespace = "AWS/Lambda", metric = "DestinationDeliveryFailures", dimensions = local.by_function[function]
      tells     = "Data is lost: Lambda could not put an event of ${function} into the failure queue. Check the queue, the role's policy and the key; fetch the lines from the log group by `atalaya replay`."
    })
  }]...)

  stream_alarms = merge(
    {
      notify-behind = merge(local.usual, {
        namespace = "AWS/Lambda", metric = "IteratorAge", dimensions = local.by_function["notify"], statistic = "Maximum", over = 5 * 60 * 1000
        tells     = "Messages are over five minutes late: notify does not keep up with the table's stream, or a receiver is down. See notify's log."
      })
      notify-undelivered = merge(local.usual, {
        namespace = "AWS/Lambda", metric = "DestinationDeliveryFailures", dimensions = local.by_function["notify"]
        tells     = "Lambda could not put what notify gave up into the failure queue. The incidents are in the table: see them there."
      })
    },
    var.kinesis == null ? {} : {
      ingest-behind = merge(local.usual, {
        namespace = "AWS/Lambda", metric = "IteratorAge", dimensions = local.by_function["ingest"], statistic = "Maximum", over = 10 * 60 * 1000
        tells     = "Log lines wait in the Kinesis stream for over ten minutes, and are lost after ${try(var.kinesis.retention_hours, 0)} hours. Raise kinesis.parallel_per_shard or the shards; see ingest's log for a record that fails."
      })
      ingest-write-throttles = merge(local.usual, {
        namespace = "AWS/Kinesis", metric = "WriteProvisionedThroughputExceeded", dimensions = { StreamName = "${var.name}-logs" }, periods = 3
        tells     = "CloudWatch Logs is throttled by the stream; it tries again for a day. Add shards, or leave kinesis.shards out for a stream on demand."
      })
      failures-in-bucket = merge(local.usual, {
        namespace = "AWS/Lambda", metric = "OnFailureDestinationDeliveredEventCount", dimensions = { EventSourceMappingUUID = one(aws_lambda_event_source_mapping.stream[*].uuid) }
        tells     = "Records of the Kinesis stream could not be handled and were put into the bucket ${local.failure_bucket}, whole. They stay there for ${try(var.kinesis.failures_after_days, 0)} days, also after this alarm has returned to OK. Read ingest's log for the cause, mend it, then run infra/redrive --bucket ${local.failure_bucket}."
      })
    },
  )

  # What the functions emit about themselves, made from their own table: who emits a metric, and the alarm that watches
  # it or the reason why none does.
  self_metrics = jsondecode(file("${path.module}/self-metrics.json"))
  self_alarms = {
    for row in local.self_metrics.metrics : row.alarm.name => merge(local.usual, {
      namespace  = local.self_metrics.namespace
      metric     = row.metric
      dimensions = { (local.self_metrics.dimension) = "${var.name}-${row.function}" }
      statistic  = row.alarm.statistic
      period     = row.alarm.period_s
      periods    = row.alarm.periods
      over       = row.alarm.threshold
      tells      = replace(row.alarm.description, "{name}", var.name)
    }) if row.alarm != null
  }

  alarms = merge(local.queue_alarms, local.function_alarms, local.asynchronous_alarms, local.stream_alarms, local.self_alarms)

  listeners = concat([aws_sns_topic.alerts.arn], var.alarm_actions)

  dead_man_after      = try(var.dead_man.after_minutes, 0)
  dead_man_log_groups = var.dead_man == null ? toset([]) : setsubtract(local.log_groups, var.dead_man.except)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.tells
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.over
  treat_missing_data  = each.value.missing
  alarm_actions       = local.listeners
  ok_actions          = local.listeners
}

# The dead-man alarm of the schedule: what only time can show is seen by nobody while sweep does not run.
resource "aws_cloudwatch_metric_alarm" "no_sweep" {
  alarm_name          = "${var.name}-no-sweep"
  alarm_description   = "sweep has not run for ten minutes: missing requests, slow burns and recovery go unseen. Check the rule ${var.name}-sweep and the function's throttles."
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = local.by_function["sweep"]
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = local.listeners
  ok_actions          = local.listeners
}

# The dead-man alarm of each log group that always has lines: it is on when they stop. A direct subscription counts what
# it forwarded, so the alarm sees a service that stopped and a filter that was lost alike. Through Kinesis the group's own
# count stands in: `ingest-behind` and the stream's metrics see the rest of the way.
resource "aws_cloudwatch_metric_alarm" "dead_man" {
  for_each = local.dead_man_log_groups

  alarm_name        = "${var.name}-dead-man-${replace(trimprefix(each.value, "/"), "/", "-")}"
  alarm_description = "Nothing came from ${each.value} for ${local.dead_man_after} minutes. Either the service writes no lines (is it running, does it log?), or its subscription filter ${var.name} is gone: `terraform plan` shows it. If the log group may be quiet, name it in dead_man.except."
  namespace         = "AWS/Logs"
  metric_name       = local.through_stream ? "IncomingLogEvents" : "ForwardedLogEvents"
  dimensions = merge(
    { LogGroupName = each.value },
    local.through_stream ? {} : { DestinationType = "Lambda", FilterName = var.name },
  )
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = local.dead_man_after / 5
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  # A log group without lines has no data at all.
  treat_missing_data = "breaching"
  alarm_actions      = local.listeners
  ok_actions         = local.listeners
}

moved {
  from = aws_cloudwatch_metric_alarm.silent
  to   = aws_cloudwatch_metric_alarm.dead_man
}

# One light for the whole pipeline, for a status page or a parent alarm. It tells nobody: each alarm does.
resource "aws_cloudwatch_composite_alarm" "any" {
  count = var.composite_alarm ? 1 : 0

  alarm_name        = "${var.name}-unwell"
  alarm_description = "At least one alarm of the pipeline itself is on; that one says what to do. The dead-man alarms of log groups are not among them."
  alarm_rule = join(" OR ", [
    for alarm in concat(values(aws_cloudwatch_metric_alarm.this)[*].alarm_name, [aws_cloudwatch_metric_alarm.no_sweep.alarm_name]) :
    "ALARM(\"${alarm}\")"
  ])
}
