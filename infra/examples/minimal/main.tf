# One log group, watched. `terraform init && terraform plan`: docs/deploy.md goes on from here.

module "atalaya" {
  source = "../../modules/pipeline"

  config   = "${path.module}/atalaya.yaml"
  packages = { folder = "${path.module}/../../../dist" }
}

output "atalaya" {
  description = "The pipeline's names."
  value       = module.atalaya
}
