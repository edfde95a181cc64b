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
    key          = "atalaya/prod.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region      = var.region
  max_retries = var.max_retries

  # Each environment is an account of its own, entered by a role.
  dynamic "assume_role" {
    for_each = var.account_role_arn[*]
    content {
      role_arn     = assume_role.value
      session_name = "atalaya-prod"
    }
  }

  default_tags {
    tags = merge({ application = "atalaya", environment = "prod" }, var.tags)
  }
}
