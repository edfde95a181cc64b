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
