# Every alarm watches what is really emitted, and everything that is emitted is watched or has a reason not to be.

mock_provider "aws" {
  source = "./tests/mock"
}

variables {
  config   = "./tests/settings/good.yaml"
  packages = { bucket = "releases", version = "1.0.0" }
  kinesis  = {}
}

run "self_metrics_both_ways" {
  assert {
    condition = toset([
      for alarm in aws_cloudwatch_metric_alarm.this : "${alarm.dimensions["Function"]} ${alarm.metric_name}" if alarm.namespace == "Atalaya/Self"
      ]) == toset([
      for row in jsondecode(file("./self-metrics.json")).metrics : "atalaya-${row.function} ${row.metric}" if row.alarm != null
    ])
    error_message = "An alarm over Atalaya/Self watches a metric of the function that emits it, and each alarm of self-metrics.json is made."
  }

  assert {
    condition = length(setsubtract(
      toset([for row in jsondecode(file("./self-metrics.json")).metrics : "atalaya-${row.covered_by}" if row.covered_by != null]),
      concat(values(aws_cloudwatch_metric_alarm.this)[*].alarm_name, [aws_cloudwatch_metric_alarm.no_sweep.alarm_name]),
    )) == 0
    error_message = "An alarm that is said to cover a self-metric must be made."
  }

  assert {
    condition = length(setsubtract(
      toset(flatten([
        for widget in jsondecode(aws_cloudwatch_dashboard.pipeline.dashboard_body).widgets : [
          for metric in widget.properties.metrics : "${metric[3]} ${metric[1]}" if metric[0] == "Atalaya/Self"
        ]
      ])),
      [for row in jsondecode(file("./self-metrics.json")).metrics : "atalaya-${row.function} ${row.metric}"],
    )) == 0
    error_message = "The dashboard shows only what is emitted."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["sweep-failing"].dimensions["Function"] == "atalaya-sweep"
    error_message = "sweep emits SweepFailures, and nobody else."
  }

  assert {
    condition     = !anytrue([for alarm in aws_cloudwatch_metric_alarm.this : strcontains(alarm.alarm_description, "{name}")])
    error_message = "The pipeline's name must stand where {name} stands in self-metrics.json."
  }
}

run "what_fell_into_the_failure_bucket_is_told" {
  assert {
    condition = (
      contains(aws_lambda_event_source_mapping.stream[0].metrics_config[0].metrics, "EventCount") &&
      aws_cloudwatch_metric_alarm.this["failures-in-bucket"].metric_name == "OnFailureDestinationDeliveredEventCount" &&
      aws_cloudwatch_metric_alarm.this["failures-in-bucket"].dimensions == tomap({ EventSourceMappingUUID = aws_lambda_event_source_mapping.stream[0].uuid })
    )
    error_message = "The mapping counts what it puts into the bucket, by its own id, and the alarm watches that count."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_metric_alarm.this["failures-in-bucket"].alarm_description, "infra/redrive --bucket ${aws_s3_bucket.failures[0].bucket}")
    error_message = "The alarm names the bucket and how to bring home what is in it."
  }
}

run "without_kinesis_there_is_no_bucket_to_watch" {
  variables {
    kinesis = null
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.this), "failures-in-bucket")
    error_message = "There is nothing to watch."
  }
}
