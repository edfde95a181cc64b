# One log group, watched. `terraform init && terraform plan`: docs/deploy.md goes on from here.

module "atalaya" {
  source = "../../modules/pipeline"

  config   = "${path.module}/atalaya.yaml"
  packages = { folder = "${path.module}/../../../dist" }

  # arm64, the module's default, costs a fifth less: `atalaya package --arch arm64`.
  architecture = "x86_64"
}

output "atalaya" {
  description = "The pipeline's names."
  value       = module.atalaya
}
