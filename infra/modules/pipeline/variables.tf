# What an environment may choose. What a service needs stands in atalaya.yaml, not here.

variable "config" {
  type        = string
  description = "Path of atalaya.yaml. Its faults stop the plan; docs/config.md tells its keys."

  validation {
    condition     = fileexists(var.config)
    error_message = "There is no file at ${var.config}: give the path of atalaya.yaml, as in \"$${path.module}/atalaya.yaml\"."
  }
}

variable "packages" {
  type = object({
    folder  = optional(string)
    bucket  = optional(string)
    version = optional(string)
  })
  description = <<-EOT
    Where the functions' zips are: either `folder`, a local folder that holds `<architecture>/<function>.zip`, or
    `bucket` and `version`, an S3 bucket that holds `<version>/<architecture>/<function>.zip`. A version is never
    overwritten: a new content needs a new version, or Terraform sees no change.
  EOT

  validation {
    condition = (
      var.packages.folder != null
      ? var.packages.bucket == null && var.packages.version == null
      : var.packages.bucket != null && var.packages.version != null
    )
    error_message = "Give either packages.folder, or both packages.bucket and packages.version."
  }
}

variable "name" {
  type        = string
  default     = "atalaya"
  description = "The beginning of every resource's name; it begins with \"atalaya\"."

  validation {
    # The functions know their own log groups by this beginning, whoever subscribed them.
    condition     = can(regex("^atalaya(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 32
    error_message = "The name must be \"atalaya\", or begin with \"atalaya-\" and go on with lower-case letters, digits and hyphens, 32 characters at most: the functions recognise their own log groups by it."
  }
}

variable "environment" {
  type        = string
  default     = null
  description = "A word such as prod that messages show. None is shown where it is null."

  validation {
    condition     = var.environment == null || can(regex("^[A-Za-z0-9._-]{1,32}$", var.environment))
    error_message = "The environment is one word of 1 to 32 letters, digits, dots, hyphens and underscores."
  }
}

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "The processor of the functions, and the folder their zips are taken from."

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "functions" {
  type = object({
    ingest  = optional(object({ memory = optional(number, 512), timeout = optional(number, 60), concurrency = optional(number) }), {})
    sweep   = optional(object({ memory = optional(number, 512), timeout = optional(number, 50), concurrency = optional(number) }), {})
    changes = optional(object({ memory = optional(number, 256), timeout = optional(number, 30), concurrency = optional(number) }), {})
    notify  = optional(object({ memory = optional(number, 256), timeout = optional(number, 60), concurrency = optional(number) }), {})
  })
  default     = {}
  description = "Size of each function: memory in MB, timeout in seconds, and reserved concurrency, which is none where it is left out."

  validation {
    condition = alltrue([for function in values(var.functions) :
      function.memory >= 128 && function.memory <= 10240 && function.timeout >= 3 && function.timeout <= 900
    ])
    error_message = "Memory is 128 to 10240 MB, and a timeout 3 to 900 s."
  }

  validation {
    # 0 would switch a function off, and everything would go to the failure queue.
    condition = alltrue([for function in values(var.functions) :
      function.concurrency == null ? true : function.concurrency >= 1
    ])
    error_message = "A reserved concurrency is 1 or more; leave it out to reserve none."
  }
}

variable "pinned_versions" {
  type        = map(string)
  default     = {}
  description = "Versions that the alias of a function is held at, by function, as in { ingest = \"41\" }: the way to roll back."

  validation {
    condition = alltrue([for function, version in var.pinned_versions :
      contains(["ingest", "sweep", "changes", "notify"], function) && can(regex("^[1-9][0-9]*$", version))
    ])
    error_message = "Pin ingest, sweep, changes or notify to the number of a published version, as in { ingest = \"41\" }."
  }
}

variable "function_environment" {
  type        = map(string)
  default     = {}
  description = "More environment variables for all functions, such as AWS_ENDPOINT_URL_DYNAMODB on a test bed. No secrets."

  validation {
    condition = alltrue([for name in keys(var.function_environment) :
      can(regex("^[A-Za-z][A-Za-z0-9_]*$", name)) && !contains(["ATALAYA_TABLE", "ATALAYA_TOPIC", "ATALAYA_ENVIRONMENT"], name)
    ])
    error_message = "Names are letters, digits and underscores; ATALAYA_TABLE, ATALAYA_TOPIC and ATALAYA_ENVIRONMENT are the module's."
  }
}

variable "kinesis" {
  type = object({
    shards              = optional(number)
    retention_hours     = optional(number, 24)
    accounts            = optional(list(string), [])
    own_log_groups      = optional(bool, true)
    batch_size          = optional(number, 100)
    batch_window        = optional(number, 5)
    parallel_per_shard  = optional(number, 1)
    failures_after_days = optional(number, 90)
  })
  default     = null
  description = <<-EOT
    A Kinesis stream between the log groups and `ingest`, for high volume and for other accounts; null: none.
    `shards`: provisioned, or on demand where it is left out. `retention_hours`: how long the stream keeps records.
    `accounts`: other accounts whose log groups may be subscribed to it. `own_log_groups`: whether the log groups of
    atalaya.yaml go through it too; if not, they go to the function directly. `batch_size` records or `batch_window`
    seconds make a batch; `parallel_per_shard` batches of a shard are handled at once. `failures_after_days`: when what
    could not be handled is deleted from its bucket.
  EOT

  validation {
    condition     = var.kinesis == null ? true : (var.kinesis.shards == null ? true : var.kinesis.shards >= 1)
    error_message = "kinesis.shards is 1 or more; leave it out for a stream on demand."
  }

  validation {
    condition     = var.kinesis == null ? true : var.kinesis.retention_hours >= 24 && var.kinesis.retention_hours <= 8760
    error_message = "kinesis.retention_hours is 24 to 8760."
  }

  validation {
    condition     = var.kinesis == null ? true : alltrue([for account in var.kinesis.accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "kinesis.accounts holds account numbers of 12 digits."
  }

  validation {
    condition = var.kinesis == null ? true : (
      var.kinesis.batch_size >= 1 && var.kinesis.batch_size <= 10000 &&
      var.kinesis.batch_window >= 1 && var.kinesis.batch_window <= 300 &&
      var.kinesis.parallel_per_shard >= 1 && var.kinesis.parallel_per_shard <= 10 &&
      var.kinesis.failures_after_days >= 1
    )
    error_message = "kinesis.batch_size is 1 to 10000, batch_window 1 to 300 s, parallel_per_shard 1 to 10, failures_after_days 1 or more."
  }
}

variable "log_retention_days" {
  type        = number
  default     = 30
  description = "How long the functions' own logs are kept, in days."

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days
    )
    error_message = "CloudWatch Logs takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "kms_key_arn" {
  type        = string
  default     = null
  description = "A key of your own for all that is stored; docs/deploy.md tells what its policy must allow. Null: the keys of AWS."

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, as in arn:aws:kms:us-east-1:123456789012:key/…, not of an alias."
  }
}

variable "secret_key_arns" {
  type        = list(string)
  default     = []
  description = "Keys that the secrets named in atalaya.yaml are encrypted with, where those are not AWS's own."
}

variable "deletion_protection" {
  type        = bool
  default     = true
  description = "Whether the table refuses to be deleted, and the failure bucket to be deleted while it holds something."
}

variable "tracing" {
  type        = bool
  default     = false
  description = "Whether the functions are traced by X-Ray."
}

variable "alarm_actions" {
  type        = list(string)
  default     = []
  description = "ARNs told of the pipeline's own alarms, besides the module's topic."
}

variable "dead_man" {
  type = object({
    after_minutes = optional(number, 30)
    except        = optional(list(string), [])
  })
  default     = {}
  description = <<-EOT
    The dead-man alarms: a log group from which nothing came for `after_minutes` raises one, except the log groups in
    `except`, which may be quiet. Null: no such alarms.
  EOT

  validation {
    # An alarm looks back a day at most.
    condition     = var.dead_man == null ? true : var.dead_man.after_minutes >= 5 && var.dead_man.after_minutes <= 1440 && var.dead_man.after_minutes % 5 == 0
    error_message = "dead_man.after_minutes is a multiple of 5 from 5 to 1440."
  }
}

variable "composite_alarm" {
  type        = bool
  default     = true
  description = "Whether one alarm stands over all others; off where the API is not to be had, as in emulators."
}

variable "saved_queries" {
  type        = bool
  default     = true
  description = "Whether queries of Logs Insights over the functions' logs are saved; off where the API is not to be had."
}

variable "failed_events" {
  type        = string
  default     = "destination"
  description = "How a failed event gets into the failure queue: \"destination\", with what was answered, or \"dead_letter_queue\", for an emulator that knows no destination of an alias."

  validation {
    condition     = contains(["destination", "dead_letter_queue"], var.failed_events)
    error_message = "failed_events is destination or dead_letter_queue."
  }
}
