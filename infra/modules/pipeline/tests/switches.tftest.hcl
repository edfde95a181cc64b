# What is off is not there; what is on is; and no variable takes nonsense.

mock_provider "aws" {
  source = "./tests/mock"
}

variables {
  config   = "./tests/settings/good.yaml"
  packages = { bucket = "releases", version = "1.0.0" }
}

run "off_means_off" {
  variables {
    dead_man        = null
    composite_alarm = false
    saved_queries   = false
  }

  assert {
    condition = sum([
      length(aws_kinesis_stream.logs), length(aws_s3_bucket.failures), length(aws_iam_role.to_stream),
      length(aws_cloudwatch_log_destination.this), length(aws_lambda_event_source_mapping.stream),
    ]) == 0
    error_message = "Without kinesis there must be no stream, bucket, role, destination or mapping."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy.source)) == toset(["notify"])
    error_message = "Without kinesis only notify reads a stream."
  }

  assert {
    condition     = alltrue([for document in data.aws_iam_policy_document.runtime : !strcontains(jsonencode(document.statement), "xray:")])
    error_message = "Without tracing no function may write traces."
  }

  assert {
    condition     = alltrue([for function in aws_lambda_function.this : function.tracing_config[0].mode == "PassThrough"])
    error_message = "Without tracing no function starts a trace."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.dead_man) + length(aws_cloudwatch_composite_alarm.any) + length(aws_cloudwatch_query_definition.this) == 0
    error_message = "Alarms and queries that are off must not be made."
  }

  assert {
    condition     = length(aws_iam_role_policy.key) == 0 && length(aws_kms_key.topic) == 1
    error_message = "Without a key of one's own no role uses one, but the topic's."
  }

  assert {
    condition     = alltrue([for filter in aws_cloudwatch_log_subscription_filter.this : filter.destination_arn == aws_lambda_alias.live["ingest"].arn])
    error_message = "Without kinesis the log groups go to the alias of ingest."
  }
}

run "on_means_on" {
  variables {
    kinesis     = { shards = 2, accounts = ["210987654321"] }
    tracing     = true
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/own"
  }

  assert {
    condition     = alltrue([for filter in aws_cloudwatch_log_subscription_filter.this : filter.destination_arn == aws_kinesis_stream.logs[0].arn])
    error_message = "With kinesis the log groups go to the stream."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.stream[0].bisect_batch_on_function_error && contains(aws_lambda_event_source_mapping.stream[0].function_response_types, "ReportBatchItemFailures")
    error_message = "One bad record must not hold up its neighbours."
  }

  assert {
    condition     = contains(flatten(data.aws_iam_policy_document.destination[0].statement[*].principals[*].identifiers), "210987654321")
    error_message = "The other account must be let in."
  }

  assert {
    condition     = alltrue([for function in aws_lambda_function.this : function.tracing_config[0].mode == "Active"])
    error_message = "With tracing every function is traced."
  }

  assert {
    condition = (
      aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn &&
      aws_sqs_queue.failures.kms_master_key_id == var.kms_key_arn &&
      aws_sns_topic.alerts.kms_master_key_id == var.kms_key_arn &&
      aws_kinesis_stream.logs[0].kms_key_id == var.kms_key_arn &&
      length(aws_kms_key.topic) == 0 && length(aws_iam_role_policy.key) == 4
    )
    error_message = "A key of one's own is for all that is stored."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.dead_man) == 3
    error_message = "Each log group that always has lines has its dead-man alarm."
  }
}

run "what_must_hold_in_any_case" {
  assert {
    condition = (
      aws_dynamodb_table.this.deletion_protection_enabled && aws_dynamodb_table.this.point_in_time_recovery[0].enabled &&
      aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST" && aws_dynamodb_table.this.stream_view_type == "NEW_IMAGE" &&
      one(aws_dynamodb_table.this.ttl).attribute_name == "x"
    )
    error_message = "The table keeps what it has."
  }

  assert {
    condition     = alltrue([for function in aws_lambda_function.this : function.publish && function.logging_config[0].log_format == "Text" && function.architectures == tolist(["arm64"])])
    error_message = "Functions are published, log as text, and run on arm64 unless told otherwise."
  }

  assert {
    condition     = alltrue([for config in aws_lambda_function_event_invoke_config.this : config.destination_config[0].on_failure[0].destination == aws_sqs_queue.failures.arn])
    error_message = "What fails goes to the failure queue, once."
  }

  assert {
    condition     = alltrue([for alarm in merge(aws_cloudwatch_metric_alarm.this, aws_cloudwatch_metric_alarm.dead_man) : length(alarm.alarm_description) > 80 && length(alarm.alarm_actions) > 0])
    error_message = "Every alarm says what it means and what to do, and to somebody."
  }
}

# Each name in `reasons` is the sid of a statement that stands over `*`, with its reason beside it in the code.
run "no_wildcard_without_a_reason" {
  variables {
    tracing = true
    kinesis = {}
  }

  assert {
    condition = length(setsubtract(
      toset(flatten([
        for document in concat(
          values(data.aws_iam_policy_document.runtime), data.aws_iam_policy_document.log_source, data.aws_iam_policy_document.to_stream,
          [for name in ["ingest"] : data.aws_iam_policy_document.ingest], [for name in ["sweep"] : data.aws_iam_policy_document.sweep],
          [for name in ["changes"] : data.aws_iam_policy_document.changes], [for name in ["notify"] : data.aws_iam_policy_document.notify],
          [for name in ["incidents"] : data.aws_iam_policy_document.incident_source],
        ) : [for statement in document.statement : coalesce(statement.sid, "unnamed") if contains(statement.resources, "*")]
      ])),
      ["WriteTraces", "ReadRelatedMetrics"],
    )) == 0
    error_message = "A statement over all resources needs a reason, and its sid in this list."
  }

  assert {
    condition = !strcontains(jsonencode(flatten([
      for document in [data.aws_iam_policy_document.ingest, data.aws_iam_policy_document.sweep, data.aws_iam_policy_document.changes, data.aws_iam_policy_document.notify] :
      [for statement in document.statement : tolist(statement.actions)]
    ])), "*")
    error_message = "Each action is named."
  }
}

run "secrets_are_read_one_by_one" {
  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.notify.statement : tolist(statement.resources) if startswith(coalesce(statement.sid, "-"), "ReadSecrets")])) == toset([
      "arn:aws:ssm:us-east-1:123456789012:parameter/atalaya/pagerduty",
      "arn:aws:ssm:us-east-1:123456789012:parameter/atalaya/slack",
      "arn:aws:ssm:us-east-1:123456789012:parameter/aws/reference/secretsmanager/atalaya/audit-webhook",
      "arn:aws:secretsmanager:us-east-1:123456789012:secret:atalaya/audit-webhook-??????",
    ])
    error_message = "notify reads the secrets that atalaya.yaml names, and no others."
  }
}

run "a_pinned_version_holds_the_alias" {
  variables {
    pinned_versions = { ingest = "3" }
  }

  assert {
    condition     = aws_lambda_alias.live["ingest"].function_version == "3" && aws_lambda_alias.live["sweep"].function_version == "7"
    error_message = "Only what is pinned is held back."
  }
}

run "hundreds_of_log_groups" {
  variables {
    config = "./tests/settings/hundreds.yaml"
  }

  assert {
    condition     = length(aws_cloudwatch_log_subscription_filter.this) == 300
    error_message = "Each log group has its filter."
  }

  assert {
    condition     = aws_lambda_permission.logs.source_arn == "arn:aws:logs:us-east-1:123456789012:log-group:*" && aws_lambda_permission.logs.source_account == "123456789012"
    error_message = "One permission lets in all log groups of this account and region, and no others."
  }
}

run "nonsense_is_refused" {
  command = plan

  variables {
    name               = "watch"
    packages           = { folder = "dist", bucket = "releases" }
    architecture       = "amd64"
    log_retention_days = 31
    kms_key_arn        = "alias/own"
    kinesis            = { shards = 0, retention_hours = 1, accounts = ["1"], batch_size = 0 }
    functions          = { ingest = { memory = 64, concurrency = 0 } }
    pinned_versions    = { ingest = "$LATEST" }
    dead_man           = { after_minutes = 7 }
    environment        = "two words"
    function_environment = {
      ATALAYA_TABLE = "other"
    }
  }

  expect_failures = [
    var.name, var.packages, var.architecture, var.log_retention_days, var.kms_key_arn, var.kinesis, var.functions,
    var.pinned_versions, var.dead_man, var.environment, var.function_environment,
  ]
}

run "a_missing_file_is_told" {
  command         = plan
  expect_failures = [var.config]

  variables {
    config = "./tests/settings/none.yaml"
  }
}
