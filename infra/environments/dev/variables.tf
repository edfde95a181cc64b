# What differs from one user to the next; what differs from one environment to the next stands in main.tf.

variable "account_role_arn" {
  type        = string
  default     = null
  description = "The role of this environment's account that Terraform assumes; null: the credentials as they are."
}

variable "region" {
  type        = string
  default     = "us-east-1"
  description = "The region the services run in."
}

variable "name" {
  type        = string
  default     = "atalaya"
  description = "The beginning of every resource's name."
}

variable "config" {
  type        = string
  default     = null
  description = "Path of atalaya.yaml; null: the one in this folder."
}

variable "packages" {
  type = object({
    folder  = optional(string)
    bucket  = optional(string)
    version = optional(string)
  })
  default     = { folder = "../../../dist" }
  description = "Where the functions' zips are: a local folder, or a release bucket and version."
}

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "The processor of the functions: arm64 or x86_64."
}

variable "alarm_actions" {
  type        = list(string)
  default     = []
  description = "ARNs told of the pipeline's own alarms, besides its topic."
}

variable "kms_key_arn" {
  type        = string
  default     = null
  description = "A key of your own for all that is stored; null: the keys of AWS."
}

variable "pinned_versions" {
  type        = map(string)
  default     = {}
  description = "Versions to hold functions at, as in { ingest = \"41\" }: the way to roll back."
}

variable "max_retries" {
  type        = number
  default     = 25
  description = "How often the provider asks AWS again; few on a test bed, where a call that is missing stays missing."
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "More tags on every resource."
}

# The rest is for a test bed: with the defaults, dev is an account like the others.

variable "endpoints" {
  type        = map(string)
  default     = {}
  description = "Where services are, by the provider's names of them, as in { dynamodb = \"http://127.0.0.1:4566\" }; empty: AWS."
}

variable "function_environment" {
  type        = map(string)
  default     = {}
  description = "More environment variables for all functions."
}

variable "kinesis" {
  type        = any
  default     = null
  description = "The module's variable of that name; null: no Kinesis."
}

variable "composite_alarm" {
  type        = bool
  default     = true
  description = "Whether one alarm stands over all others; emulators do not have it."
}

variable "saved_queries" {
  type        = bool
  default     = true
  description = "Whether queries of Logs Insights are saved; emulators do not have it."
}

variable "failed_events" {
  type        = string
  default     = "destination"
  description = "How a failed event gets into the failure queue; \"dead_letter_queue\" for an emulator that knows no destination of an alias."
}
