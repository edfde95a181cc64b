# How the pipeline itself is. The services' dashboards are another module's.

locals {
  rows = [
    [
      { title = "Log events", metrics = [for metric in ["Received", "Records", "Continuations", "Filtered", "Duplicates"] : [local.self_metrics.namespace, metric, local.self_metrics.dimension, "${var.name}-ingest"]] },
      { title = "Not taken: nothing should show here", metrics = [for metric in ["Rejected", "MetricsRefused", "ConservationBroken", "SeriesFolded"] : [local.self_metrics.namespace, metric, local.self_metrics.dimension, "${var.name}-ingest"]] },
      { title = "Failure queue", metrics = [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${var.name}-failures", { stat = "Maximum" }]] },
    ],
    [
      { title = "Invocations", metrics = [for function in keys(var.functions) : ["AWS/Lambda", "Invocations", "FunctionName", "${var.name}-${function}"]] },
      { title = "Errors and throttles", metrics = concat([for function in keys(var.functions) : ["AWS/Lambda", "Errors", "FunctionName", "${var.name}-${function}"]], [for function in keys(var.functions) : ["AWS/Lambda", "Throttles", "FunctionName", "${var.name}-${function}"]]) },
      { title = "Duration, p99, ms", metrics = [for function in keys(var.functions) : ["AWS/Lambda", "Duration", "FunctionName", "${var.name}-${function}", { stat = "p99" }]] },
    ],
    [
      { title = "Table: write units and throttles", metrics = [["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", var.name], ["AWS/DynamoDB", "WriteThrottleEvents", "TableName", var.name]] },
      { title = "Messages", metrics = [for metric in ["Delivered", "DeliveryFailures"] : [local.self_metrics.namespace, metric, local.self_metrics.dimension, "${var.name}-notify"]] },
      {
        title = "How late, ms"
        metrics = concat(
          [["AWS/Lambda", "IteratorAge", "FunctionName", "${var.name}-notify", { stat = "Maximum" }]],
          var.kinesis == null ? [] : [["AWS/Lambda", "IteratorAge", "FunctionName", "${var.name}-ingest", { stat = "Maximum" }]],
        )
      },
    ],
  ]
}

resource "aws_cloudwatch_dashboard" "pipeline" {
  dashboard_name = "${var.name}-pipeline"
  dashboard_body = jsonencode({
    widgets = flatten([for y, row in local.rows : [for x, widget in row : {
      type   = "metric"
      x      = x * 8
      y      = y * 6
      width  = 8
      height = 6
      properties = {
        title   = widget.title
        region  = local.region
        stat    = "Sum"
        period  = 60
        metrics = widget.metrics
      }
    }]])
  })
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = var.saved_queries ? {
    errors    = "fields @timestamp, @log, message, error, retry | filter level = \"ERROR\" | sort @timestamp desc | limit 100"
    incidents = "fields @timestamp, incident.event, incident.service, incident.severity, incident.title | filter message = \"incident\" | sort @timestamp desc | limit 100"
    slowest   = "filter @type = \"REPORT\" | stats max(@duration), pct(@duration, 99), max(@maxMemoryUsed) / 1e6 by @log, bin(1h)"
  } : {}

  name            = "${var.name}/${each.key}"
  log_group_names = values(aws_cloudwatch_log_group.function)[*].name
  query_string    = each.value
}
