# The provider, the account, and where the state is kept.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The bucket is named at init: `terraform init -backend-config=state.config` (docs/deploy.md).
  backend "s3" {
    key          = "atalaya/dev.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

locals {
  on_test_bed = length(var.endpoints) > 0
}

provider "aws" {
  region      = var.region
  max_retries = var.max_retries

  # Each environment is an account of its own, entered by a role.
  dynamic "assume_role" {
    for_each = var.account_role_arn[*]
    content {
      role_arn     = assume_role.value
      session_name = "atalaya-dev"
    }
  }

  default_tags {
    tags = merge({ application = "atalaya", environment = "dev" }, var.tags)
  }

  # A test bed has no account to ask about, and no hosts named after buckets.
  access_key                  = local.on_test_bed ? "test" : null
  secret_key                  = local.on_test_bed ? "test" : null
  skip_credentials_validation = local.on_test_bed
  skip_metadata_api_check     = local.on_test_bed ? "true" : null
  s3_use_path_style           = local.on_test_bed

  dynamic "endpoints" {
    for_each = local.on_test_bed ? [var.endpoints] : []
    content {
      cloudwatch       = lookup(endpoints.value, "cloudwatch", null)
      cloudwatchevents = lookup(endpoints.value, "cloudwatchevents", null)
      cloudwatchlogs   = lookup(endpoints.value, "cloudwatchlogs", null)
      dynamodb         = lookup(endpoints.value, "dynamodb", null)
      iam              = lookup(endpoints.value, "iam", null)
      kinesis          = lookup(endpoints.value, "kinesis", null)
      kms              = lookup(endpoints.value, "kms", null)
      lambda           = lookup(endpoints.value, "lambda", null)
      s3               = lookup(endpoints.value, "s3", null)
      sns              = lookup(endpoints.value, "sns", null)
      sqs              = lookup(endpoints.value, "sqs", null)
      ssm              = lookup(endpoints.value, "ssm", null)
      sts              = lookup(endpoints.value, "sts", null)
    }
  }
}
