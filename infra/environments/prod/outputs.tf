# What people and scripts need: `terraform output`.

output "pipeline" {
  description = "The pipeline's names: table, failure queue and bucket, topic, functions, alias."
  value       = module.pipeline
}
