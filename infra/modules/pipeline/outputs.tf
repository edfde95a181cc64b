# What an environment, infra/redrive and the test bed need to know.

output "table_name" {
  description = "The table."
  value       = aws_dynamodb_table.this.name
}

output "table_arn" {
  description = "The table's ARN, for backups and exports."
  value       = aws_dynamodb_table.this.arn
}

output "failure_queue_url" {
  description = "The queue that holds what could not be handled."
  value       = aws_sqs_queue.failures.url
}

output "failure_bucket" {
  description = "The bucket that holds the Kinesis records that could not be handled; null without Kinesis."
  value       = one(aws_s3_bucket.failures[*].bucket)
}

output "topic_arn" {
  description = "The topic that gets every message and the pipeline's own alarms."
  value       = aws_sns_topic.alerts.arn
}

output "function_names" {
  description = "The functions' names, by ingest, sweep, changes and notify."
  value       = { for function, resource in aws_lambda_function.this : function => resource.function_name }
}

output "function_versions" {
  description = "The version each alias is at: what to pin to roll back to it later."
  value       = { for function, alias in aws_lambda_alias.live : function => alias.function_version }
}

output "alias" {
  description = "The alias through which everything calls the functions."
  value       = "live"

  depends_on = [aws_lambda_alias.live]
}

output "log_groups" {
  description = "The log groups that are subscribed to."
  value       = sort([for filter in aws_cloudwatch_log_subscription_filter.this : filter.log_group_name])
}

output "log_destination_arn" {
  description = "What log groups of other accounts are subscribed to; null where kinesis.accounts is empty."
  value       = one(aws_cloudwatch_log_destination.this[*].arn)
}

output "stream_name" {
  description = "The Kinesis stream; null without Kinesis."
  value       = one(aws_kinesis_stream.logs[*].name)
}
